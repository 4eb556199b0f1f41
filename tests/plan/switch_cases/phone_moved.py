"""A phone goes to another socket."""

from office import office, phone

center = office(phones=[phone("ada", 3), phone("bob", 2, "rear")])
