"""The four dashboards: of the fleet, of servers, of a project's VMs, of agents."""

from deploy.grafana.panels import (
    Dashboard,
    Panel,
    above_0,
    increase,
    largest,
    lines,
    mean,
    number,
    quantile,
    rate,
    total,
)

# What variables of a dashboard select.
FLEET = 'job=~"$job"'
SERVER = AGENT = 'job=~"$job", instance=~"$instance"'
VM = 'job=~"$job", project=~"$project"'
C = "chronovisor_"
CAPACITY, ALLOCATED, USED = (f"{C}resource_{each}" for each in ("capacity", "allocated", "used"))
TRAFFIC = (
    ("Disk read", "disk_read"),
    ("Disk written", "disk_written"),
    ("Network received", "network_receive"),
    ("Network sent", "network_transmit"),
)


def _whole(metric: str) -> str:
    """Over zones, whichever servers report it."""
    return f"sum by (resource) ({largest(metric, FLEET, 'zone', 'resource')})"


def _amount(title: str, resource: str, unit: str) -> Panel:
    of = f'{FLEET}, resource="{resource}"'
    kinds = ((CAPACITY, "capacity"), (ALLOCATED, "allocated"), (USED, "used"))
    return lines(title, unit, *((f"sum({largest(metric, of, 'zone')})", kind) for metric, kind in kinds))


def _of_job(metric: str) -> tuple[tuple[str, str], ...]:
    job = ("job", f"label_values({metric}, job)")
    return job, ("instance", f'label_values({metric}{{job=~"$job"}}, instance)')


FLEET_BOARD = Dashboard(
    "chronovisor-fleet",
    "Chronovisor: fleet",
    (
        (
            "Now",
            (
                number("VMs running", largest(f"{C}vms", f'{FLEET}, state="RUNNING"')),
                number("Hosts active", largest(f"{C}hosts", f'{FLEET}, state="ACTIVE"')),
                number("Hosts lost", largest(f"{C}hosts", f'{FLEET}, state="DOWN"')),
                number("Alarms", total(f"{C}alarms", FLEET)),
            ),
        ),
        (
            "Capacity",
            (
                lines("eta by class", "percentunit", (f"{_whole(ALLOCATED)} / {_whole(CAPACITY)}", "{{resource}}")),
                lines(
                    "eta by zone",
                    "percentunit",
                    (largest(f"{C}eta_ratio", FLEET, "zone", "resource"), "{{zone}} {{resource}}"),
                ),
                _amount("Processors", "cpu", "short"),
                _amount("Memory", "memory", "bytes"),
                _amount("Disk", "disk", "bytes"),
            ),
        ),
        (
            "Hosts and VMs",
            (
                lines("VMs by state", "short", (largest(f"{C}vms", FLEET, "state"), "{{state}}"), stacked=True),
                lines("Hosts by state", "short", (largest(f"{C}hosts", FLEET, "state"), "{{state}}"), stacked=True),
                lines("Steps under way", "short", (largest(f"{C}operations_running", FLEET, "step"), "{{step}}")),
                lines("Deadlines passed", "short", (increase(f"{C}deadlines_passed_total", FLEET, "step"), "{{step}}")),
                lines(
                    "Commands refused, by reason",
                    "short",
                    (above_0(increase(f"{C}command_refusals_total", FLEET, "reason")), "{{reason}}"),
                ),
                lines(
                    "Leases and agents",
                    "short",
                    (total(f"{C}leases", FLEET), "leases"),
                    (total(f"{C}agents_connected", FLEET), "agents connected"),
                ),
            ),
        ),
    ),
    _of_job(f"{C}build_info")[:1],
)
SERVER_BOARD = Dashboard(
    "chronovisor-server",
    "Chronovisor: servers",
    (
        (
            "Commands",
            (
                lines("Commands by outcome", "ops", (rate(f"{C}commands_total", SERVER, "outcome"), "{{outcome}}")),
                lines("Commands by kind", "ops", (rate(f"{C}commands_total", SERVER, "command"), "{{command}}")),
                *(
                    lines(
                        f"Time by stage, p{share:.0%}".rstrip("%"),
                        "s",
                        (quantile(share, f"{C}command_stage_seconds", SERVER, "stage"), "{{stage}}"),
                    )
                    for share in (0.5, 0.99)
                ),
                lines(
                    "Commands a batch, mean", "short", (mean(f"{C}batch_commands", SERVER, "instance"), "{{instance}}")
                ),
                lines(
                    "Commands that wait", "short", (largest(f"{C}commands_waiting", SERVER, "instance"), "{{instance}}")
                ),
            ),
        ),
        (
            "Calls",
            (
                lines("Calls by method", "ops", (rate(f"{C}rpc_calls_total", SERVER, "method"), "{{method}}")),
                lines(
                    "Calls refused or failed, by reason",
                    "ops",
                    (above_0(rate(f"{C}rpc_refusals_total", SERVER, "reason")), "{{reason}}"),
                ),
                lines("Time of calls, p99", "s", (quantile(0.99, f"{C}rpc_seconds", SERVER), "all methods")),
                lines(
                    "Streams",
                    "short",
                    (total(f"{C}rpc_streams_open", SERVER), "open"),
                    (total(f"{C}streams_following", SERVER), "follow events"),
                    (total(f"{C}streams_reading_past", SERVER), "read the past"),
                ),
                lines(
                    "Slowest stream", "short", (largest(f"{C}streams_behind_positions_max", SERVER), "positions behind")
                ),
            ),
        ),
        (
            "Ledger",
            (
                lines(
                    "Events",
                    "ops",
                    (above_0(rate(f"{C}ledger_events_total", SERVER, "event")), "{{event}}"),
                    stacked=True,
                ),
                lines("Seals", "ops", (rate(f"{C}ledger_seals_total", SERVER, "instance"), "{{instance}}")),
                lines("Commit, p99", "s", (quantile(0.99, f"{C}ledger_commit_seconds", SERVER), "p99")),
                lines(
                    "Rows behind", "short", (largest(f"{C}projector_lag_positions", SERVER, "instance"), "{{instance}}")
                ),
                lines(
                    "Size",
                    "bytes",
                    (largest(f"{C}ledger_size_bytes", SERVER), "ledger and rows"),
                    (largest(f"{C}ledger_disk_free_bytes", SERVER), "free on its disk"),
                ),
                number("Untrusted", largest(f"{C}ledger_untrusted", SERVER)),
            ),
        ),
        (
            "Process",
            (
                lines(
                    "Event loop lag, mean",
                    "s",
                    (mean(f"{C}event_loop_lag_seconds", SERVER, "instance"), "{{instance}}"),
                ),
                lines(
                    "Processor", "percentunit", (rate("process_cpu_seconds_total", SERVER, "instance"), "{{instance}}")
                ),
                lines(
                    "Memory", "bytes", (largest("process_resident_memory_bytes", SERVER, "instance"), "{{instance}}")
                ),
            ),
        ),
    ),
    _of_job(f"{C}build_info"),
)
VM_BOARD = Dashboard(
    "chronovisor-vms",
    "Chronovisor: VMs of a project",
    (
        (
            "Project",
            (
                lines(
                    "VMs by state",
                    "short",
                    (largest(f"{C}project_vms", VM, "project", "state"), "{{project}} {{state}}"),
                ),
                lines(
                    "Held of each class",
                    "short",
                    (largest(f"{C}project_allocated", VM, "project", "resource"), "{{project}} {{resource}}"),
                ),
            ),
        ),
        (
            "VMs",
            (
                lines("Processors used", "short", (rate(f"{C}vm_cpu_seconds_total", VM, "vm"), "{{vm}}")),
                lines("Memory used", "bytes", (largest(f"{C}vm_memory_used_bytes", VM, "vm"), "{{vm}}")),
                lines(
                    "Memory used of what it has",
                    "percentunit",
                    (
                        f"{largest(f'{C}vm_memory_used_bytes', VM, 'vm')} / {largest(f'{C}vm_memory_bytes', VM, 'vm')}",
                        "{{vm}}",
                    ),
                ),
                *(
                    lines(title, "Bps", (rate(f"{C}vm_{name}_bytes_total", VM, "vm"), "{{vm}}"))
                    for title, name in TRAFFIC
                ),
            ),
        ),
    ),
    (
        ("job", f"label_values({C}project_vms, job)"),
        ("project", f'label_values({C}project_vms{{job=~"$job"}}, project)'),
    ),
)
AGENT_BOARD = Dashboard(
    "chronovisor-agents",
    "Chronovisor: agents",
    (
        (
            "Now",
            (
                number("Connected", total(f"{C}agent_connected", AGENT)),
                number("Guests running", f'sum({C}agent_guests{{{AGENT}, power="running"}})'),
            ),
        ),
        (
            "Agents",
            (
                lines(
                    "Since the control plane answered",
                    "s",
                    (largest(f"{C}agent_lease_age_seconds", AGENT, "instance"), "{{instance}}"),
                ),
                lines(
                    "Guests by power",
                    "short",
                    (f"sum by (power) ({C}agent_guests{{{AGENT}}})", "{{power}}"),
                    stacked=True,
                ),
                lines("Messages", "ops", (rate(f"{C}agent_messages_sent_total", AGENT, "kind"), "{{kind}}")),
                lines(
                    "Steps, by outcome",
                    "short",
                    (increase(f"{C}agent_steps_total", AGENT, "step", "outcome"), "{{step}} {{outcome}}"),
                ),
                lines(
                    "Calls of the hypervisor, p99",
                    "s",
                    (quantile(0.99, f"{C}agent_hypervisor_call_seconds", AGENT, "call"), "{{call}}"),
                ),
                lines(
                    "Processors of the host in use",
                    "short",
                    (rate(f"{C}host_cpu_busy_seconds_total", AGENT, "host"), "{{host}}"),
                ),
                lines(
                    "Memory of the host in use",
                    "bytes",
                    (largest(f"{C}host_memory_used_bytes", AGENT, "host"), "{{host}}"),
                ),
            ),
        ),
    ),
    _of_job(f"{C}agent_connected"),
)
DASHBOARDS = (FLEET_BOARD, SERVER_BOARD, VM_BOARD, AGENT_BOARD)
