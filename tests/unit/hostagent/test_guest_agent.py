"""What a guest agent reports is what a guest says, and is cut down to addresses."""

from hostagent.drivers.libvirt.guest_agent import MOST_ADDRESSES, addresses_in


def test_addresses_by_which_others_reach_the_guest_are_kept_once() -> None:
    interfaces = {
        "lo": {"addrs": [{"addr": "127.0.0.1", "prefix": 8, "type": 0}, {"addr": "::1", "prefix": 128, "type": 1}]},
        "eth0": {
            "addrs": [{"addr": "10.0.0.5"}, {"addr": "fe80::1"}, {"addr": "fd00::5"}],
            "hwaddr": "02:00:00:00:00:01",
        },
        "eth1": {"addrs": [{"addr": "10.0.0.5"}, {"addr": "no address"}, {"addr": "0.0.0.0"}]},
        "eth2": {"addrs": None},
    }
    assert addresses_in(interfaces) == ("10.0.0.5", "fd00::5")


def test_a_guest_that_reports_very_many_is_cut_short() -> None:
    many = [{"addr": f"10.1.{number // 256}.{number % 256}"} for number in range(10_000)]
    assert len(addresses_in({"eth0": {"addrs": many}})) == MOST_ADDRESSES
