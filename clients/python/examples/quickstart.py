"""Starts a VM in a project of its own, and prints what happens to it."""

import time

import chronovisor

# Of the server that CHRONOVISOR_SERVER names, or this machine's.
with chronovisor.connect() as client:
    project = f"shop-{time.time_ns():x}"
    client.projects.create(project)

    # A verb returns an operation once the command is recorded. Waiting gives the VM as the operation left it.
    client.vms.create(f"{project}/web-1", image="debian-12.qcow2", vcpus=1, memory="512MiB", disk="1GiB").wait()
    vm = client.vms.start(f"{project}/web-1", reason="to show how").wait(timeout=60)
    print(f"{vm.name} runs on {vm.host}")

    try:
        client.vms.start(f"{project}/web-2")
    except chronovisor.NotFound as error:
        print(f"refused: {error.reason}: {error.message}")

    # All that happened to the project so far. `for event in watch` goes on with what comes, over every interruption.
    with client.history.watch(f"projects/{project}", after=0) as watch:
        events = list(watch.until_caught_up())
    for event in events:
        print(event.position, event.WhichOneof("payload"), event.actor)

    # Checked here, not by the server.
    proven = client.history.prove(events[-1].position)
    print(f"event {events[-1].position} is in the ledger as it was sealed: {proven.stream}@{proven.version}")
    client.vms.delete(f"{project}/web-1").wait()
