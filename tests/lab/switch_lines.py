"""Types lines into a switch as somebody would by hand: `switch_lines.py PLATFORM ADDRESS USER LINE...`, where the
switch's address answers. The password is in DESK_SWITCH_PASSWORD."""

import os
import sys

from netmiko import ConnectHandler

DEVICE_TYPES = {
    "cisco-ios": "cisco_ios",
    "cisco-ios-xe": "cisco_xe",
    "arista-eos": "arista_eos",
    "aruba-aoscx": "aruba_aoscx",
    "juniper-junos": "juniper_junos",
}


def main(platform: str, address: str, user: str, *lines: str) -> None:
    """Configure, and for Junos commit."""
    password = os.environ["DESK_SWITCH_PASSWORD"]
    connection = ConnectHandler(
        device_type=DEVICE_TYPES[platform], host=address, username=user, password=password, conn_timeout=10
    )
    with connection:
        said = connection.send_config_set(list(lines), exit_config_mode=platform != "juniper-junos")
        if platform == "juniper-junos":
            said += connection.commit(and_quit=True)  # type: ignore[attr-defined]
    print(said)


if __name__ == "__main__":
    main(*sys.argv[1:])
