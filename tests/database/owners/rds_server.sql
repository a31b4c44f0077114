-- Amazon RDS: the master user may create roles and databases, and is no superuser.
create role app_master login createrole createdb nobypassrls;
