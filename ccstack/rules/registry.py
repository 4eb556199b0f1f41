"""Every rule, in the order of its id."""

from __future__ import annotations

from . import dialing, emergency, hosts, hours, menus, names, phones, prompts, queues, rights, switches, trunks
from .rule import Rule

# fmt: off
RULES: tuple[Rule, ...] = (
    names.unknown_name, names.duplicate_name, names.duplicate_number, names.ambiguous_destination,
    names.shared_endpoint_name, names.prompt_name_taken, names.unnamed_prompt, names.unused, names.duplicate_location,

    dialing.duplicate_extension, dialing.extension_is_emergency, dialing.extension_begins_with_prefix,
    dialing.extension_hides_number, dialing.extension_begins_another, dialing.duplicate_feature_code,
    dialing.duplicate_pause_reason, dialing.agent_number_not_ours, dialing.caller_id_not_ours,
    dialing.number_without_trunk, dialing.external_is_own_number, dialing.empty_caller_list,
    dialing.probe_without_caller, dialing.no_test_number, dialing.country_without_site,

    hosts.no_pbx, hosts.no_sbc, hosts.duplicate_address, hosts.gateway_twice, hosts.address_outside_site,
    hosts.address_not_usable, hosts.overlapping_networks, hosts.router_outside_network, hosts.port_clash,
    hosts.bad_media_range, hosts.media_ports_below_peak, hosts.media_ports_after_failure, hosts.no_spare,
    hosts.site_without_sbc, hosts.wan_below_peak, hosts.standalone_queue_elsewhere, hosts.private_towards_public,

    switches.switch_outside_site, switches.switch_without_login, switches.interface_of_another_platform,
    switches.range_runs_backwards, switches.interface_twice, switches.switch_without_uplinks, switches.no_voice_vlan,
    switches.vlan_twice, switches.network_without_ports, switches.pc_without_data_vlan, switches.poe_budget,
    switches.phone_addresses_elsewhere, switches.phone_addresses_too_few, switches.phone_addresses_taken,
    switches.pool_not_free, switches.pool_too_small, switches.pool_half_too_small, switches.dhcp_without_voice_network,
    switches.ports_alike_in_dhcp, switches.ports_kept_by_leases,

    phones.duplicate_mac, phones.port_taken, phones.port_not_for_phones, phones.line_on_too_many_phones,
    phones.too_many_keys, phones.key_incomplete, phones.key_dials_nothing, phones.model_cannot_encrypt, phones.no_dhcp,
    phones.no_provisioning, phones.mac_of_another_vendor, phones.phone_away_from_its_line, phones.phones_not_patched,
    phones.station_without_phone,

    trunks.srtp_without_tls, trunks.tls_without_srtp, trunks.emergency_trunk_without_g711, trunks.trunk_transcodes,
    trunks.codec_twice, trunks.channels_below_peak, trunks.channels_after_failure, trunks.cps_below_peak,
    trunks.failover_hides_answer, trunks.strip_eats_number, trunks.derived_carrier_password, trunks.slow_failover,
    trunks.unused_trunk, trunks.prefix_routed_twice, trunks.allowed_but_not_routed, trunks.own_call_not_routed,
    trunks.tls_at_plain_port,

    rights.unknown_country, rights.abroad_without_cap, rights.allow_too_wide, rights.premium_allowed,
    rights.allow_and_deny, rights.number_without_rights, rights.secret_looks_literal, rights.shared_secret,
    rights.epoch_left_behind, rights.ssh_by_password,

    prompts.unknown_language, prompts.prompt_lacks_language, prompts.recording_without_notice,
    prompts.recording_without_refusal, prompts.refusal_unconfirmed, prompts.refused_but_no_key,
    prompts.outbound_recorded_untold, prompts.recording_kept_long, prompts.card_number_collected,

    hours.number_leads_nowhere, hours.queue_unstaffed, hours.hours_never_open, hours.hours_always_open,
    hours.overlapping_periods, hours.period_in_clock_gap, hours.holiday_twice, hours.holidays_end_apart,
    hours.holiday_never, hours.last_minute_closed, hours.holidays_of_another_country, hours.condition_decides_nothing,
    hours.zone_without_place,

    queues.home_is_no_pbx, queues.standby_is_home, queues.queue_without_standby, queues.skill_nobody_has,
    queues.queue_without_agents, queues.named_agent_not_skilled, queues.relax_without_effect,
    queues.relax_after_max_wait, queues.max_wait_below_target, queues.ring_time_beyond_max_wait,
    queues.wrap_up_beyond_max_wait, queues.announced_too_late, queues.room_for_fewer_than_agents,
    queues.queue_without_exit, queues.skill_not_needed, queues.team_without_supervisor, queues.team_without_agents,
    queues.named_twice, queues.target_as_fraction,

    menus.menu_without_choices, menus.menu_collects_and_offers, menus.menu_key_waits, menus.menu_loop,
    menus.overflow_cycle, menus.no_human_in_reach, menus.too_many_options, menus.unreachable, menus.condition_twice,
    menus.said_key_missing,

    emergency.no_emergency_location, emergency.unknown_emergency_location, emergency.callback_not_ours,
    emergency.callback_shared, emergency.no_emergency_trunk, emergency.emergency_trunk_not_capable,
    emergency.nobody_notified, emergency.emergency_number_missing, emergency.not_an_emergency_number,
    emergency.test_number_is_emergency, emergency.emergency_untested, emergency.remote_without_location,
)
# fmt: on
