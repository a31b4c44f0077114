-- name: figures
-- What alarms on e-mail watch, beside the figures that both channels have.
select ddp.email_figures();
