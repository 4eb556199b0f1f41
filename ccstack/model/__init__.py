"""The nouns of a blueprint. `from ccstack.model import ...` is all that a blueprint needs."""

from .agent import Agent, PauseReason, Skill, Team
from .base import Model, Origin
from .center import ContactCenter, EmergencyCalling, FeatureCodes, Peak, Qos
from .destinations import Announcement, External, Ring, Voicemail
from .host import Access, Dhcp, Host, Pbx, PortRange, Provisioning, Sbc
from .hours import Holiday, Hours, Period, PublicHolidays, TimeCondition
from .menu import Collect, Menu, Option
from .number import CallerList, Number
from .phone import LineKey, Phone, Softphone, Station, SwitchPort
from .probe import Probe
from .prompt import Music, Prompt
from .queue import Queue, RequiredSkill, ServiceLevel
from .recording import Recording
from .rights import CallingRights
from .secret import DerivedSecret, EnvSecret, FileSecret, Secrets, derived, from_env, from_file
from .site import CivicAddress, EmergencyLocation, Network, Site, Wan
from .switch import Switch, SwitchAccess
from .trunk import CallerIdRule, Gateway, IpAuth, OutboundRoute, RegisterAuth, Trunk

__all__ = [
    "Access",
    "Agent",
    "Announcement",
    "CallerIdRule",
    "CallerList",
    "CallingRights",
    "CivicAddress",
    "Collect",
    "ContactCenter",
    "DerivedSecret",
    "Dhcp",
    "EmergencyCalling",
    "EmergencyLocation",
    "EnvSecret",
    "External",
    "FeatureCodes",
    "FileSecret",
    "Gateway",
    "Holiday",
    "Host",
    "Hours",
    "IpAuth",
    "LineKey",
    "Menu",
    "Model",
    "Music",
    "Network",
    "Number",
    "Option",
    "Origin",
    "OutboundRoute",
    "PauseReason",
    "Pbx",
    "Peak",
    "Period",
    "Phone",
    "PortRange",
    "Probe",
    "Prompt",
    "Provisioning",
    "PublicHolidays",
    "Qos",
    "Queue",
    "Recording",
    "RegisterAuth",
    "RequiredSkill",
    "Ring",
    "Sbc",
    "Secrets",
    "ServiceLevel",
    "Site",
    "Skill",
    "Softphone",
    "Station",
    "Switch",
    "SwitchAccess",
    "SwitchPort",
    "Team",
    "TimeCondition",
    "Trunk",
    "Voicemail",
    "Wan",
    "derived",
    "from_env",
    "from_file",
]
