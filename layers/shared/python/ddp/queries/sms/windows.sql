-- Hours of promotional SMS. Everyone signed in reads them; row level security lets administrators write.

-- part: columns
-- Times as text: a day may end at 24:00, which Python's times cannot say.
sending_window_id, country, region, days, left(opens::text, 5) as opens, left(closes::text, 5) as closes, on_holidays,
    status, valid_from, source

-- name: create
-- Adds a window.
insert into public.sending_windows (country, region, days, opens, closes, on_holidays, status, valid_from, source)
select c.country, c.region, c.days, c.opens, c.closes, c.on_holidays, c.status, c.valid_from, c.source
from jsonb_populate_record(null::public.sending_windows, %(values)s) c
returning {columns};

-- name: list_windows
-- By place and day, after the cursor. The table is small and is read whole.
select {columns}
from public.sending_windows
where (%(country)s::text is null or country = %(country)s)
    and (%(region)s::text is null or region = %(region)s)
    and (%(status)s::text is null or status = %(status)s)
    and (
        %(after_country)s::text is null
        or (country, region, valid_from, days, opens, sending_window_id) > (
            %(after_country)s, %(after_region)s, %(after_valid_from)s::date, %(after_days)s, %(after_opens)s::time,
            %(after_id)s::uuid
        )
    )
order by sending_windows.country, sending_windows.region, sending_windows.valid_from, sending_windows.days,
    sending_windows.opens, sending_windows.sending_window_id
limit %(limit)s;

-- name: get
-- One window.
select {columns} from public.sending_windows where sending_window_id = %(sending_window_id)s;

-- name: update
-- Changes the fields that are in `change`, and no others.
update public.sending_windows t
set (country, region, days, opens, closes, on_holidays, status, valid_from, source) = (
    select c.country, c.region, c.days, c.opens, c.closes, c.on_holidays, c.status, c.valid_from, c.source
    from jsonb_populate_record(t, %(change)s) c
)
where t.sending_window_id = %(sending_window_id)s
returning {columns};

-- name: delete
-- Deletes a window.
delete from public.sending_windows where sending_window_id = %(sending_window_id)s
returning {columns};

-- name: beside
-- The windows that hold together in a place from a day on.
select {columns}
from public.sending_windows
where country = %(country)s and region = %(region)s and valid_from = %(valid_from)s
order by sending_windows.days, sending_windows.opens;
