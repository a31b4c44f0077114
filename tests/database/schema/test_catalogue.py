"""Privileges on every object, read from the catalogue, and the meaning of updated_at. test_lint.py has the rest."""

from __future__ import annotations

import pytest

from tests.database.schema.platform import Platform

API_ROLES = ("anon", "authenticated", "service_role")

# Who may call which function in `public` and `ddp`. Only its owner may call any other.
CALLABLE = """
anon           public.open_public_share
authenticated  public.open_public_share
authenticated  ddp.health
authenticated  ddp.take_request
authenticated  ddp.try_write
authenticated  public.abort_upload
authenticated  public.accept_asset_licence
authenticated  public.create_retailer_group
authenticated  public.change_retailer_group
authenticated  public.delete_retailer_group
authenticated  public.add_group_member
authenticated  public.remove_group_member
authenticated  public.add_group_blackout
authenticated  public.remove_group_blackout
authenticated  public.retailer_groups_of_caller
authenticated  ddp.blackouts_of_caller
authenticated  ddp.groups_of_caller
authenticated  public.change_asset_terms
authenticated  public.publish_brand_asset
authenticated  public.record_file_action
authenticated  public.request_upload
authenticated  public.restore_file
authenticated  public.revoke_file_share
authenticated  public.share_file
authenticated  public.soft_delete_file
authenticated  public.start_multipart_upload
authenticated  public.unpublish_brand_asset
authenticated  public.create_user
authenticated  public.sign_in
authenticated  public.person_of_caller
authenticated  public.change_person
authenticated  public.search_directory
authenticated  public.find_users
authenticated  public.invite_user
authenticated  public.withdraw_user_invitation
authenticated  ddp.listed_types
authenticated  public.find_open_campaigns
authenticated  public.request_analytics_export
authenticated  ddp.begin_analytics_export
authenticated  ddp.take_analytics_export
authenticated  ddp.put_off_analytics_export
authenticated  ddp.settle_analytics_export
authenticated  ddp.is_time_zone
authenticated  ddp.names_of
authenticated  ddp.name_of_caller
authenticated  public.invite_member
authenticated  public.accept_invitation
authenticated  public.invitations_of_caller
authenticated  public.accounts_of_caller
authenticated  public.change_member
authenticated  public.end_member
authenticated  public.set_user_access
authenticated  public.update_user_last_login
authenticated  public.start_session
authenticated  public.end_session
authenticated  public.heartbeat_session
authenticated  ddp.start_session
authenticated  ddp.session_seconds
authenticated  ddp.currency
authenticated  ddp.region_named
authenticated  ddp.is_plain_text
authenticated  ddp.is_web_address
authenticated  ddp.sender_field_rule
authenticated  ddp.sender_fields
authenticated  ddp.own_sender_for
authenticated  ddp.slots_given
authenticated  ddp.social_template
authenticated  ddp.compose_social_posts
authenticated  ddp.email_slots
authenticated  ddp.sms_slots
authenticated  ddp.record_own_conversions
authenticated  public.rotate_conversion_key
authenticated  public.set_currency
authenticated  public.calculate_file_engagement_score
authenticated  public.get_user_activity_summary
authenticated  public.create_campaign
authenticated  public.set_campaign_status
authenticated  public.set_campaign_budget
authenticated  public.update_campaign_budget_spent
authenticated  public.join_campaign
authenticated  public.leave_campaign
authenticated  public.add_campaign_participant
authenticated  public.remove_campaign_participant
authenticated  public.send_email_campaign
authenticated  public.send_sms_campaign
authenticated  public.may_send_from
authenticated  public.pause_sms_campaign
authenticated  public.resume_sms_campaign
authenticated  public.cancel_sms_campaign
authenticated  public.retry_sms_sends
authenticated  public.settle_unknown_email_sends
authenticated  public.settle_unknown_sms_sends
authenticated  public.sms_campaign_progress
authenticated  public.request_email_export
authenticated  public.request_email_forecast
authenticated  public.request_sms_forecast
authenticated  public.get_email_forecast
authenticated  public.get_sms_forecast
authenticated  public.request_sms_export
authenticated  public.set_email_ab_test
authenticated  public.set_sms_ab_test
authenticated  public.decide_email_ab_test
authenticated  public.decide_sms_ab_test
authenticated  public.pause_email_campaign
authenticated  public.resume_email_campaign
authenticated  public.cancel_email_campaign
authenticated  public.retry_email_sends
authenticated  public.settle_unknown_sends
authenticated  public.email_campaign_progress
authenticated  public.list_email_sends
authenticated  public.email_send_history
authenticated  public.request_test_sends
authenticated  public.request_sms_test_sends
authenticated  public.list_sms_sends
authenticated  public.sms_by_country
authenticated  public.sms_send_history
authenticated  public.preview_sms_origins
authenticated  public.request_send_export
authenticated  public.create_sender_identity
authenticated  public.record_sender_identity
authenticated  public.share_sender_identity
authenticated  public.remove_sender_identity
authenticated  public.sender_identity_claimants
authenticated  public.suppress_address
authenticated  public.audience_size
authenticated  public.email_group_size
authenticated  public.sms_group_size
authenticated  public.check_address
authenticated  public.remove_suppression
authenticated  public.decide_inbound_message
authenticated  public.set_sender
authenticated  public.resume_sender
authenticated  public.set_sms_sender
authenticated  public.set_sms_max_cost
authenticated  public.set_frequency_cap
authenticated  public.set_platform_frequency_cap
authenticated  public.frequency_cap
authenticated  public.platform_frequency_cap
authenticated  public.sms_sender
authenticated  public.sync_origination_identities
authenticated  public.assign_origination_identity
authenticated  public.record_phone_consents
authenticated  public.withdraw_phone_consents
authenticated  public.phone_consents_of
service_role   public.sync_origination_identities
service_role   ddp.shown_slots
service_role   ddp.filled_slots
service_role   ddp.is_plain_text
service_role   ddp.is_web_address
service_role   ddp.sender_field_rule
service_role   ddp.sender_fields
service_role   ddp.keep_sms_buckets
service_role   ddp.begin_identity_sync
service_role   ddp.origin_for
service_role   ddp.sms_price_of
service_role   ddp.standing_consents
service_role   ddp.end_phone_consents
service_role   ddp.add_phone_consents
service_role   ddp.asset_is_open
service_role   ddp.blackout_at
service_role   ddp.blackout_end
service_role   ddp.asset_is_open_to
service_role   ddp.refresh_due_assets
service_role   ddp.record_phone_consent
service_role   ddp.queue_opt_outs
service_role   ddp.stop_phones
service_role   ddp.stop_phone
service_role   ddp.lock_numbers
service_role   ddp.scope_of
service_role   ddp.is_last_word
service_role   ddp.store_inbound_messages
service_role   ddp.lift_stops
service_role   ddp.wanted_sms_replies
service_role   ddp.apply_inbound_messages
service_role   ddp.add_sms_replies
service_role   ddp.begin_sms_replies
service_role   ddp.record_sms_replies
service_role   ddp.lease_opt_out_work
service_role   ddp.end_opt_out_work
service_role   ddp.take_opt_outs
service_role   ddp.settle_opt_outs
service_role   ddp.begin_opt_out_pull
service_role   ddp.note_opt_out_page
authenticated  public.create_social_post
authenticated  public.create_social_posts
authenticated  public.change_social_post
authenticated  public.schedule_social_posts
authenticated  public.unschedule_social_posts
authenticated  public.cancel_social_posts
authenticated  public.publish_social_posts
authenticated  public.retry_social_posts
authenticated  public.settle_social_post
authenticated  public.set_social_slots
authenticated  public.next_social_slot
authenticated  public.disconnect_social_account
authenticated  public.set_social_budget
authenticated  public.social_budget
authenticated  public.read_notices
authenticated  public.host_file
authenticated  public.unhost_file
authenticated  ddp.hosted_state
authenticated  ddp.hosted_tokens
service_role   ddp.images_to_host
service_role   ddp.image_to_host
service_role   ddp.image_hosted
service_role   ddp.image_not_hosted
service_role   ddp.images_to_remove
service_role   ddp.images_removed
authenticated  public.set_campaign_fund
authenticated  public.request_fund_claim
authenticated  public.approve_fund_claim
authenticated  public.refuse_fund_claim
authenticated  public.pay_fund_claim
authenticated  public.withdraw_fund_claim
authenticated  public.request_approval
authenticated  public.approve
authenticated  public.refuse_approval
authenticated  public.remind_of_approval
authenticated  public.approval_content
authenticated  public.create_campaign_item
authenticated  public.change_campaign_item
authenticated  public.remove_campaign_item
authenticated  public.order_campaign_items
authenticated  public.accept_campaign_item
authenticated  public.decline_campaign_item
authenticated  public.campaign_activation
authenticated  ddp.response_is_sent
authenticated  ddp.brands_shown_to_caller
authenticated  ddp.kit_templates_of_caller
authenticated  ddp.social_account_ids
authenticated  ddp.connect_social_accounts
authenticated  ddp.social_credentials
authenticated  ddp.social_grant_is_shared
authenticated  ddp.change_social_account
authenticated  ddp.open_social_connection
authenticated  ddp.social_connection
authenticated  ddp.social_faces
authenticated  ddp.social_post_history
authenticated  ddp.social_quotas_used
authenticated  ddp.end_social_connection
service_role   ddp.add_notices
service_role   ddp.sender_for_draft
service_role   ddp.account_for_draft
service_role   ddp.kit_drafts
service_role   ddp.kit_media
service_role   ddp.add_kit_posts
service_role   ddp.image_slots
service_role   ddp.has_variables
service_role   ddp.offer_items
service_role   ddp.offer_due_items
service_role   ddp.content_of_email
service_role   ddp.content_sender
authenticated  ddp.image_tokens
service_role   ddp.image_tokens
authenticated  ddp.image_files
service_role   ddp.image_files
authenticated  ddp.text_of_email
service_role   ddp.text_of_email
authenticated  ddp.shown_sender
service_role   ddp.shown_sender
service_role   ddp.with_sender
service_role   ddp.content_of_template
service_role   ddp.content_of_sms
service_role   ddp.content_of_post
service_role   ddp.content_digest
service_role   ddp.message_contents
service_role   ddp.needs_approval
service_role   ddp.is_approved
service_role   ddp.post_waits
service_role   ddp.supersede_approvals
service_role   ddp.ask_approvals
service_role   ddp.share_files_of_approvals
service_role   ddp.approval_notice
service_role   ddp.end_needless_approvals
service_role   ddp.ask_for_posts
service_role   ddp.ask_for_due_posts
service_role   ddp.begin_social_steps
service_role   ddp.book_social_costs
service_role   ddp.claim_social_refreshes
service_role   ddp.connect_social_accounts
service_role   ddp.due_social_steps
service_role   ddp.end_social_connection
service_role   ddp.end_social_leases
service_role   ddp.end_social_step
service_role   ddp.end_social_steps
service_role   ddp.fail_social_part
service_role   ddp.file_is_seen_by
service_role   ddp.forget_social_connections
service_role   ddp.is_missed
service_role   ddp.keep_social_tokens
service_role   ddp.latest_of
service_role   ddp.lock_social_money
service_role   ddp.media_of_post
service_role   ddp.miss_social_post
service_role   ddp.miss_social_posts
service_role   ddp.open_social_connection
service_role   ddp.publish_social_part
service_role   ddp.put_off_social_refresh
service_role   ddp.quotas_of
service_role   ddp.read_again
service_role   ddp.ready_social_part
service_role   ddp.reconcile_social
service_role   ddp.record_social_call
service_role   ddp.record_social_calls
service_role   ddp.refresh_due
service_role   ddp.renew_social_leases
service_role   ddp.repair_social_work
service_role   ddp.reserve_social_money
service_role   ddp.save_social_checkpoint
service_role   ddp.set_social_step
service_role   ddp.settle_social_connection
service_role   ddp.settle_social_money
service_role   ddp.settle_social_part
service_role   ddp.social_account_ids
service_role   ddp.social_credentials_expired
service_role   ddp.social_budget_used_percent
service_role   ddp.social_figures
service_role   ddp.social_found
service_role   ddp.social_lead
service_role   ddp.social_money_left
service_role   ddp.social_month
service_role   ddp.social_notice
service_role   ddp.social_read_after
service_role   ddp.social_token_refused
service_role   ddp.social_verdict
service_role   ddp.start_social_call
service_role   ddp.start_social_calls
service_role   ddp.start_social_refresh
service_role   ddp.store_social_tokens
service_role   ddp.take_social_quota
service_role   ddp.fair_social_share
service_role   ddp.with_fair_shares
service_role   ddp.unconfirm_social_part
service_role   ddp.confirm_social_part
service_role   ddp.use_social_connection
authenticated  public.find_products
authenticated  public.find_watch_models
authenticated  public.upsert_products
authenticated  public.request_product_import
authenticated  public.cleanup_old_product_imports
authenticated  ddp.names_of
authenticated  public.refresh_all_analytics
authenticated  ddp.analytics_as_of
authenticated  public.cleanup_old_sessions
authenticated  public.cleanup_old_file_actions
authenticated  public.cleanup_old_audit_logs
authenticated  public.cleanup_old_idempotency_keys
authenticated  public.cleanup_old_uploads
authenticated  public.cleanup_old_invitations
authenticated  public.retention_settings
authenticated  public.set_retention
authenticated  public.request_recomputation
authenticated  public.get_recomputation
authenticated  public.request_cleanup
authenticated  public.list_cleanups
authenticated  public.get_cleanup
authenticated  public.request_erasure
authenticated  public.list_erasures
authenticated  public.get_erasure
authenticated  ddp.sees_platform
authenticated  ddp.top_assets_of_caller
authenticated  ddp.top_retailers_of_caller
authenticated  ddp.template_coverage_of_caller
authenticated  ddp.active_user_id
authenticated  ddp.require_chosen_account
authenticated  ddp.active_editor_id
authenticated  ddp.active_owner_id
authenticated  ddp.active_user_type
authenticated  ddp.active_admin_id
authenticated  ddp.reader_id
authenticated  ddp.audiences_of_caller
authenticated  ddp.campaigns_of_caller
authenticated  ddp.is_file_name
authenticated  ddp.is_metadata
service_role   ddp.session_seconds
service_role   ddp.sms_test_charged
service_role   ddp.reserve_sms_test
service_role   ddp.waiting_sms_tests
service_role   ddp.mark_sms_tests_queued
service_role   ddp.end_lost_sms_tests
service_role   ddp.plan_of_draft
service_role   ddp.sms_origins
service_role   ddp.currency
service_role   ddp.conversion_keys_of
service_role   ddp.count_pixel
service_role   ddp.record_hook_conversions
service_role   ddp.close_abandoned_sessions
service_role   ddp.touch_aging_scores
service_role   public.settle_upload_live
service_role   ddp.waiting_analytics_exports
service_role   public.settle_upload_rejected
service_role   public.create_user
service_role   public.update_user_last_login
service_role   public.update_social_engagement
service_role   ddp.claim_social_polls
service_role   ddp.delete_on_platform
service_role   ddp.end_social_polls
service_role   ddp.engagement_figures
service_role   ddp.engagement_types
service_role   ddp.forget_raw_social_events
service_role   ddp.forget_social_person
service_role   ddp.lock_social_polls
service_role   ddp.match_social_events
service_role   ddp.name_social_posts
service_role   ddp.nudge_social_polls
service_role   ddp.pay_social_reads
service_role   ddp.record_measurements
service_role   ddp.refund_social_reads
service_role   ddp.store_social_events
authenticated  public.measure_social_post
authenticated  public.set_social_read_budget
authenticated  public.social_post_polls
anon           public.social_deletion
service_role   public.cleanup_old_product_imports
service_role   ddp.lock_products
service_role   ddp.upsert_products
service_role   public.refresh_all_analytics
service_role   ddp.analytics_as_of
service_role   ddp.refresh_portion
service_role   ddp.begin_refresh
service_role   ddp.refresh_of_run
service_role   ddp.end_refresh
service_role   ddp.start_recompute
service_role   ddp.cut_slice
service_role   ddp.take_template_sender
service_role   ddp.count_template_sender
service_role   ddp.is_recomputing
service_role   ddp.differing_statistics
service_role   public.cleanup_old_sessions
service_role   public.cleanup_old_file_actions
service_role   public.cleanup_old_audit_logs
service_role   public.cleanup_old_idempotency_keys
service_role   public.cleanup_old_uploads
service_role   public.cleanup_old_invitations
service_role   public.retention_settings
service_role   ddp.drop_old_partitions
service_role   ddp.maintain_partitions
service_role   ddp.maintain_partitions_of
service_role   ddp.partitioned_tables
service_role   ddp.recompute_counters
service_role   ddp.cleanup_steps
service_role   ddp.clean
service_role   ddp.count_old
service_role   ddp.begin_cleanup
service_role   ddp.end_cleanup
service_role   ddp.cleanup_health
service_role   ddp.erase_portion
service_role   ddp.objects_to_remove
service_role   ddp.objects_were_removed
service_role   ddp.sees_platform
service_role   ddp.top_assets_of_caller
service_role   ddp.top_retailers_of_caller
service_role   ddp.template_coverage_of_caller
service_role   ddp.book_email_costs
service_role   ddp.book_sms_costs
service_role   ddp.bucket_wait
service_role   ddp.burst
service_role   ddp.call_chunks
service_role   ddp.cancel_pending_sms_sends
service_role   ddp.claim_sms_sends
service_role   ddp.complete_sms_plans
service_role   ddp.audience_members
service_role   ddp.email_group
service_role   ddp.sms_group
service_role   ddp.email_group_of
service_role   ddp.sms_group_of
service_role   ddp.recipients_are_gone
service_role   ddp.count_that_fit
service_role   ddp.end_lost_email_tests
service_role   ddp.expire_email_calls
service_role   ddp.expire_sms_calls
service_role   ddp.filled
service_role   ddp.finished_email_plans
service_role   ddp.finished_sms_plans
service_role   ddp.first_chunk
service_role   ddp.variant_letter
service_role   ddp.due_from
service_role   ddp.two_sided_p
service_role   ddp.compare_variants
service_role   ddp.evaluate_ab_test
service_role   ddp.email_variant_numbers
service_role   ddp.sms_variant_numbers
service_role   ddp.settle_email_ab_test
service_role   ddp.settle_sms_ab_test
service_role   ddp.note_tested_email
service_role   ddp.note_tested_sms
service_role   ddp.due_email_ab_tests
service_role   ddp.due_sms_ab_tests
service_role   ddp.decide_due_email_ab_test
service_role   ddp.decide_due_sms_ab_test
service_role   ddp.own_content_of_email
service_role   ddp.own_content_of_sms
service_role   ddp.hold_email_sends
service_role   ddp.hold_sms_sends
service_role   ddp.whole_platform
service_role   ddp.count_email_sends
service_role   ddp.count_sms_sends
service_role   ddp.recount_email_sends
service_role   ddp.recount_sms_sends
service_role   ddp.take_email_slots
service_role   ddp.take_sms_slots
service_role   ddp.clear_deaths
service_role   ddp.free_sender
service_role   ddp.hold_of_claim
service_role   ddp.hold_sender
service_role   ddp.is_suspect
service_role   ddp.note_deaths
service_role   ddp.note_slow_email_content
service_role   ddp.note_slow_sms_content
service_role   ddp.set_aside_deadly_email_plans
service_role   ddp.set_aside_deadly_sms_plans
service_role   ddp.set_aside_email_plan
service_role   ddp.set_aside_sms_plan
service_role   ddp.lock_bucket
service_role   ddp.lock_chunk
service_role   ddp.lock_next_sender
service_role   ddp.mark_email_tests_queued
service_role   ddp.mark_work_queued
service_role   ddp.next_chunk
service_role   ddp.next_chunk_of_bucket
service_role   ddp.note_served
service_role   ddp.note_throttling
service_role   ddp.oldest_due_seconds
service_role   ddp.open_chunks
service_role   ddp.pick_email_sends
service_role   ddp.pick_sms_sends
service_role   ddp.place_email_sends
service_role   ddp.place_sms_sends
service_role   ddp.quota_is_stale
service_role   ddp.reconcile_sms
service_role   ddp.record_sms_results
service_role   ddp.reserve_email_price
service_role   ddp.email_cost
service_role   ddp.sms_cost
service_role   ddp.reserve_sms_price
service_role   ddp.email_charged
service_role   ddp.email_costs_booked
service_role   ddp.sms_costs_booked
service_role   ddp.sms_reserved
service_role   ddp.sms_charged
service_role   ddp.email_to_reserve
service_role   ddp.sms_to_reserve
service_role   ddp.release_email_results
service_role   ddp.release_sms_results
service_role   ddp.release_email_calls
service_role   ddp.release_sms_calls
service_role   ddp.sms_budgets_of
service_role   ddp.sms_budgets_for
service_role   ddp.frozen_plan
service_role   ddp.variants_of
service_role   ddp.decided_origins
service_role   ddp.lock_sms_budgets
service_role   ddp.sms_month_of_calls
service_role   ddp.hold_dear_plan
service_role   ddp.is_too_dear
service_role   ddp.sms_month
service_role   ddp.email_clock
service_role   ddp.email_has_hours
service_role   ddp.email_allowed_at
service_role   ddp.sms_clock
service_role   ddp.sms_has_hours
service_role   ddp.email_heeds
service_role   ddp.email_withdrawals
service_role   ddp.sms_heeds
service_role   ddp.sms_withdrawals
service_role   ddp.sms_allowed_at
service_role   ddp.windows_of_place
service_role   ddp.openings
service_role   ddp.all_open_from
service_role   ddp.clock_allowed_from
service_role   ddp.retry_silent_email
service_role   ddp.retry_silent_sms
service_role   ddp.send_wait
service_role   ddp.sender_allowance
service_role   ddp.start_sms_sends
service_role   ddp.store_quota
service_role   ddp.tell_buckets
service_role   ddp.tell_buckets_of_new_chunks
service_role   ddp.waiting_email_tests
service_role   ddp.waiting_work
service_role   ddp.waiting_chunks
service_role   ddp.hint_is_believed
service_role   ddp.plannable_from
service_role   ddp.planning_stands_since
service_role   ddp.oldest_unplanned_seconds
service_role   ddp.take_upload
service_role   ddp.waiting_uploads
service_role   ddp.note_looked
service_role   ddp.cancel_pending_email_sends
service_role   ddp.claim_email_sends
service_role   ddp.complete_email_plans
service_role   ddp.email_quota_is_stale
service_role   ddp.email_status_rank
service_role   ddp.email_throttled
service_role   ddp.email_wait
service_role   ddp.expand_not_before
service_role   ddp.mark_email_work_queued
service_role   ddp.may_send_from
service_role   ddp.note_sender_outcomes
service_role   ddp.reconcile_email
service_role   ddp.record_email_results
service_role   ddp.start_email_calls
service_role   ddp.start_email_sends
service_role   ddp.store_email_quota
service_role   ddp.waiting_email_work
service_role   ddp.apply_email_events
service_role   ddp.apply_soft_bounces
service_role   ddp.email_status_order
service_role   ddp.fold_email_evidence
service_role   ddp.lock_email_sends
service_role   ddp.new_hard_bounces
service_role   ddp.note_email_outcomes
service_role   ddp.note_soft_bounces
service_role   ddp.store_email_events
service_role   ddp.suppress_email_recipients
service_role   ddp.apply_sms_events
service_role   ddp.apply_test_sms_events
service_role   ddp.correct_email_costs
service_role   ddp.correct_sms_costs
service_role   ddp.fold_sms_evidence
service_role   ddp.hold_dearer_plans
service_role   ddp.judged_senders
service_role   ddp.lock_sms_sends
service_role   ddp.merged_charges
service_role   ddp.new_sms_reports
service_role   ddp.note_sms_click
service_role   ddp.note_sms_outcomes
service_role   ddp.note_undelivered_sms
service_role   ddp.sms_describes
service_role   ddp.sms_link
service_role   ddp.sms_of_code
service_role   ddp.sms_status_order
service_role   ddp.sms_status_rank
service_role   ddp.sms_subscription
service_role   ddp.stop_by_link
service_role   ddp.store_sms_events
service_role   ddp.sum_of_charges
service_role   ddp.suppress_invalid_numbers
service_role   ddp.apply_test_email_events
service_role   ddp.is_time_zone
service_role   ddp.pause_unhealthy_senders
service_role   ddp.recipient_not_before
service_role   ddp.resubscribe
service_role   ddp.subscription
service_role   ddp.suppress_addresses
service_role   ddp.unsubscribe
service_role   ddp.add_file_action
service_role   ddp.check_json
service_role   ddp.is_file_name
service_role   ddp.is_metadata
service_role   ddp.lock_upload
service_role   ddp.request_address
service_role   ddp.request_agent
service_role   ddp.request_header
service_role   ddp.request_id
service_role   ddp.require
service_role   ddp.apply_email_events
service_role   ddp.apply_soft_bounces
service_role   ddp.apply_test_email_events
service_role   ddp.pause_unhealthy_senders
service_role   ddp.resubscribe
service_role   ddp.subscription
service_role   ddp.suppress_addresses
service_role   ddp.unsubscribe
service_role   ddp.countries_without_origin
service_role   ddp.email_details
service_role   ddp.freeze_plan_origins
service_role   ddp.given_clocks
service_role   ddp.lock_email_budgets
service_role   ddp.may_text_from
service_role   ddp.opt_outs_waiting_seconds
service_role   ddp.plan_origin
service_role   ddp.sms_details
service_role   ddp.sms_events_late_seconds
service_role   ddp.sms_figures
service_role   ddp.email_events_late_seconds
service_role   ddp.email_figures
service_role   ddp.email_gauges
service_role   ddp.sms_gauges
service_role   ddp.sms_budget_used_percent
service_role   ddp.sms_not_before
service_role   ddp.sms_open_until
service_role   ddp.sms_over_budget_seconds
service_role   ddp.sms_stopped_identities
service_role   ddp.sms_times
service_role   ddp.stop_buckets
service_role   ddp.windows_count
"""

# Columns of tables with column grants that no such grant may ever include.
UNREADABLE = {
    "anon": {"share_tokens.token_hash", "social_accounts.access_token_encrypted"},
    "authenticated": {
        "share_tokens.token_hash",
        "social_accounts.access_token_encrypted",
        "suppressions.address_hash",
        "inbound_messages.phone",
        "inbound_messages.phone_hash",
    },
    "service_role": {"share_tokens.token_hash"},
}

OURS = "('public'::regnamespace, 'ddp'::regnamespace)"


def found(platform: Platform, query: str) -> list[str]:
    return [row[0] for row in platform.owner.execute(query.encode())]


# Tables of the private schema that workers read and write, and clients cannot see.
OF_WORKERS = (
    "'{send_chunks,send_plan_batches,send_plan_rejections,send_calls,rate_buckets,bucket_senders,content_troubles,"
    "sender_hours,soft_bounces,upload_arrivals,hosted_images,bucket_runs,bucket_findings,clocks,holidays,budgets,plan_origins,plan_links,plan_variants,ab_tests,sms_replies,"
    "opt_outs_to_push,opt_out_returns,opt_out_work,frequency_caps,recipient_counters,send_forecasts,forecast_batches,forecast_addresses,"
    "heartbeats,social_work,social_calls,social_checkpoints,social_tokens,social_connections,social_budgets,social_quotas,"
    "social_polls,social_events,social_subscriptions,social_retired_metrics,social_deletions,social_post_days,social_read_budgets}'"
)


def test_the_private_schema_grants_reading_counters_under_policies_and_work_to_workers(platform: Platform):
    """SELECT on counters behind the public views, if their policy requires the counted row to be visible; and on what
    policies query, which shows only the caller's own rows."""
    assert found(platform, f"""
        select format('%s %s', c.oid::regclass, a.grantee::regrole) from pg_class c, aclexplode(c.relacl) a
        where c.relnamespace = 'ddp'::regnamespace and a.grantee <> c.relowner and not (
            c.relname = any ({OF_WORKERS}) and a.grantee = 'service_role'::regrole and c.relrowsecurity
            and a.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE') and not a.is_grantable
        ) and not (
            (c.relname ~ '_stats$' or c.relname in ('quarter_hours', 'social_account_days')) and c.relkind = 'r'
            and a.privilege_type = 'SELECT' and c.relrowsecurity
            and a.grantee in ('authenticated'::regrole, 'service_role'::regrole)
            and exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'read')
        ) and not (
            c.relname ~ '_caller$' and c.relkind = 'v' and a.privilege_type = 'SELECT' and not a.is_grantable
            and a.grantee = 'authenticated'::regrole and 'security_barrier=true' = any (c.reloptions)
        ) and not (
            c.oid = 'ddp.sendable_plans'::regclass and a.privilege_type = 'SELECT' and not a.is_grantable
            and a.grantee = 'service_role'::regrole and 'security_invoker=true' = any (c.reloptions)
        ) and not (
            c.oid = 'ddp.file_access'::regclass and a.privilege_type = 'SELECT' and not a.is_grantable
            and a.grantee = 'authenticated'::regrole and c.relrowsecurity
        )
    """) == []  # fmt: skip


def test_functions_are_callable_by_exactly_these(platform: Platform):
    granted = found(platform, f"""
        select distinct format('%s %s.%s', coalesce(r.rolname, 'public'), p.pronamespace::regnamespace, p.proname)
        from pg_proc p
        cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        left join pg_roles r on r.oid = a.grantee
        where p.pronamespace in {OURS} and a.grantee <> p.proowner
    """)  # fmt: skip
    assert set(granted) == {" ".join(line.split()) for line in CALLABLE.strip().splitlines()}


def test_no_privilege_beyond_reading_and_writing_rows(platform: Platform):
    """Never TRUNCATE, REFERENCES, TRIGGER or MAINTAIN; nothing for anon or PUBLIC; no grant options."""
    assert found(platform, """
        select format('%s %s %s', c.relname, a.grantee::regrole, a.privilege_type)
        from pg_class c, aclexplode(c.relacl) a
        where c.relnamespace = 'public'::regnamespace and a.grantee <> c.relowner and (
            a.privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE') or a.is_grantable
            or a.grantee not in ('authenticated'::regrole, 'service_role'::regrole)
        )
    """) == []  # fmt: skip


def test_clients_insert_and_update_by_column(platform: Platform):
    """A grant on the whole table would include columns that a later migration adds."""
    assert found(platform, """
        select format('%s %s', c.relname, a.privilege_type) from pg_class c, aclexplode(c.relacl) a
        where c.relnamespace = 'public'::regnamespace and a.grantee = 'authenticated'::regrole
            and a.privilege_type in ('INSERT', 'UPDATE')
    """) == []  # fmt: skip


@pytest.mark.parametrize("role", API_ROLES)
def test_secrets_are_unreadable(platform: Platform, role: str):
    readable = found(platform, f"""
        select format('%s.%s', c.relname, a.attname) from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where c.relnamespace in {OURS} and c.relkind in ('r', 'p')
            and has_column_privilege('{role}', c.oid, a.attnum, 'SELECT')
    """)  # fmt: skip
    assert UNREADABLE[role].isdisjoint(readable)


def test_every_table_with_updated_at_keeps_it(platform: Platform):
    assert found(platform, """
        select c.relname from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'updated_at'
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not exists (
            select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'set_updated_at'
        )
    """) == []  # fmt: skip


def test_updated_at_is_the_last_change(platform: Platform):
    with platform.acting("brand") as connection:
        before, same, after = (
            connection.execute(
                "update users set user_name = %s where user_id = auth.uid() returning updated_at", [name]
            ).fetchone()[0]
            for name in ("brand", "brand", "another name")
        )
    assert before == same < after


def test_what_the_owner_makes_starts_closed(platform: Platform):
    """Even if the server's default privileges grant everything to the API's roles (Supabase)."""
    with platform.owner.transaction(force_rollback=True):
        platform.owner.execute("create table public.made_later (n serial)")
        platform.owner.execute("create function public.made_later() returns int language sql return 1")
        for role in API_ROLES:
            rights = platform.owner.execute(
                "select has_table_privilege(%(role)s, 'public.made_later', 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE'),"
                " has_sequence_privilege(%(role)s, 'public.made_later_n_seq', 'USAGE, SELECT, UPDATE'),"
                " has_function_privilege(%(role)s, 'public.made_later()', 'EXECUTE')",
                {"role": role},
            ).fetchone()
            assert rights == (False, False, False), role


def test_only_the_owner_creates_objects(platform: Platform):
    for schema in ("public", "ddp"):
        for role in (*API_ROLES, "ddp_api", "ddp_worker"):
            row = platform.owner.execute("select has_schema_privilege(%s, %s, 'CREATE')", [role, schema])
            assert row.fetchone() == (False,), (schema, role)
