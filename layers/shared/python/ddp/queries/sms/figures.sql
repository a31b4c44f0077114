-- name: figures
-- What alarms on SMS watch, beside the figures that both channels have.
select ddp.sms_figures();
