"""Starts three VMs at once in a project of their own, and prints the totals."""

import asyncio
import time

from chronovisor import aio


async def main() -> None:
    async with aio.connect() as client:
        project = f"shop-{time.time_ns():x}"
        await client.projects.create(project, quota={"vcpus": 8, "memory": "4GiB"})

        async def start(name: str) -> None:
            operation = await client.vms.create(
                name, image="debian-12.qcow2", vcpus=1, memory="256MiB", disk="1GiB", start=True
            )
            vm = await operation.wait(timeout=60)
            print(f"{vm.name} runs on {vm.host}")

        await asyncio.gather(*(start(f"{project}/web-{number}") for number in range(3)))

        totals = await client.utilization.get(f"projects/{project}")
        print({each.resource_class: each.allocated for each in totals.classes})

        async for vm in client.vms.list(project, filter='state = "RUNNING"'):
            await client.vms.delete(vm.name)


asyncio.run(main())
