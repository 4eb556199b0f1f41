"""What the switches of every case have: the office as it is."""

from office import office

center = office()
