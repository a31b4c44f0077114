insert into ddp.applied_repeatables (name, checksum, objects)
values (%s, %s, %s)
on conflict (name) do update set
    checksum = excluded.checksum,
    objects = excluded.objects,
    applied_at = excluded.applied_at,
    applied_by = excluded.applied_by
