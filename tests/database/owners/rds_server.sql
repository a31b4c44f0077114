-- Amazon RDS: the master user may create roles and databases, and is not a superuser.
create role app_master login createrole createdb nobypassrls;
