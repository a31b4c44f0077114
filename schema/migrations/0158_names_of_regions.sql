-- One region has one name, however it is spelled.

alter table public.geography
    add column aliases text[] not null default '{}'
        constraint geography_aliases_size check (cardinality(aliases) <= 20 and octet_length(aliases::text) <= 2048);
comment on column public.geography.aliases is 'Other names of the country or region, such as Bavaria for Bayern.';

create table ddp.region_names (
    name_key text not null,
    region varchar(50) not null,
    primary key (name_key, region)
);
alter table ddp.region_names enable row level security;
comment on table ddp.region_names is
    'Names of countries and regions, as ddp.name_key() makes them, and what each of them means. Derived from geography.';
comment on column ddp.region_names.region is 'How the region is shown: `Bayern, DE`; a country by its name. A name of several is ambiguous.';

-- Regional wish lists are derived again, by the new names.
insert into ddp.metric_changes (entity_type, entity_id, metric_name, change)
select 'model', w.model_id, 'touched', 0 from (select distinct i.model_id from public.wish_list_items i) w;
