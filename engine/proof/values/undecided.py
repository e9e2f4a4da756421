"""What a search says when it can neither show an example nor prove that there is none."""


class Undecided(Exception):
    """Neither an example nor a proof that there is none; the sentence says why."""


class BudgetSpent(Undecided):
    """The search was cut off: more states than its budget allows."""
