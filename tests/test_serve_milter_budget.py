"""The memory budget of the milter server: bounded, and without a way to stand still."""

from hypothesis import given
from hypothesis import strategies as st

from outfall.serve.milter.budget import LEAST_GAIN, Budget

LIMIT = 1000


class Peer:
    """A connection without a socket."""

    def __init__(self, budget):
        self.budget, self.held, self.heard = budget, 0, 0
        self.deciding = self.paused = False
        budget.join(self)

    def pause(self):
        assert not self.paused
        self.paused = True

    def resume(self):
        assert self.paused
        self.paused = False

    def bring(self, size):
        """Hold more."""
        self.held += size
        self.heard += size
        self.budget.change(self, self.held)

    def finish(self):
        """Be answered."""
        self.deciding, self.held = False, 0
        self.budget.change(self, 0)


def peers(count):
    """Return that many peers of one budget."""
    budget = Budget(LIMIT)
    return [Peer(budget) for _ in range(count)]


def test_nobody_waits_while_there_is_room():
    """Up to three quarters of the budget everyone is read."""
    one, two = peers(2)
    one.bring(LIMIT * 3 // 4)
    assert (False, False) == (one.paused, two.paused)
    one.bring(1)
    assert (False, True) == (one.paused, two.paused)


def test_newcomers_wait_until_half_is_free():
    """While memory is short no message begins, and the shortage ends at half, not just below."""
    one, two, three = peers(3)
    one.bring(400)
    two.bring(400)
    fourth = Peer(one.budget)
    assert (False, False, True, True) == (one.paused, two.paused, three.paused, fourth.paused)
    two.finish()
    assert (False, False, False, False) == (one.paused, two.paused, three.paused, fourth.paused)
    one.bring(200)
    two.bring(200)
    three.bring(1)
    two.finish()
    assert (False, True, False, True) == (one.paused, two.paused, three.paused, fourth.paused)


def test_over_the_budget_only_the_largest_goes_on():
    """Above the budget one connection is read, and it stays the same one until it is done."""
    one, two, three = peers(3)
    for peer, size in ((one, 300), (two, 500), (three, 300)):
        peer.bring(size)
    assert (True, False, True) == (one.paused, two.paused, three.paused)
    two.bring(700)
    two.deciding = True
    assert (True, True) == (one.paused, three.paused)
    two.finish()
    assert (False, True, False) == (one.paused, two.paused, three.paused)


def test_nobody_else_goes_on_while_a_decision_will_free_memory():
    """Above the budget, while a message waits for its decision, no other one grows."""
    one, two, three = peers(3)
    one.bring(300)
    one.deciding = True
    two.bring(450)
    three.bring(300)
    assert (True, True) == (two.paused, three.paused)
    one.finish()
    assert (False, False) == (two.paused, three.paused)


def test_leaving_gives_back_what_was_held():
    """A connection that is gone holds nothing, and whoever waited for it goes on."""
    one, two = peers(2)
    one.bring(LIMIT + 1)
    two.bring(1)
    assert two.paused
    one.budget.leave(one)
    assert (1, False) == (two.budget.total, two.paused)


def test_lower_limit_holds_from_the_next_change_on():
    """After a reload with less memory one goes on, and when it is gone the next one does."""
    one, two = peers(2)
    one.bring(400)
    two.bring(300)
    one.budget.limit = 100
    two.bring(1)
    assert (False, True) == (one.paused, two.paused)
    one.budget.leave(one)
    assert not two.paused


def test_laggard_is_the_largest_that_brings_too_little():
    """Only while memory is short, only the largest that may be read, only if it brings nothing."""
    one, two = peers(2)
    one.bring(700)
    assert [None, None] == [one.budget.laggard(), one.budget.laggard()]
    two.bring(100)
    assert [None, one] == [one.budget.laggard(), one.budget.laggard()]
    one.heard += LEAST_GAIN
    assert [None, one] == [one.budget.laggard(), one.budget.laggard()]
    one.deciding = True
    assert [None, two] == [one.budget.laggard(), one.budget.laggard()]


STEPS = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 400), st.booleans()), max_size=60)


@given(STEPS)
def test_it_is_bounded_and_never_stands_still(steps):
    """Whatever comes, use stays within budget plus one message, and somebody can always go on."""
    message, read = 600, 400
    everyone = peers(5)
    budget = everyone[0].budget
    for index, size, answered in steps:
        peer = everyone[index]
        if peer.deciding:
            if answered:
                peer.finish()
        elif not peer.paused:
            peer.bring(size)
            peer.deciding = peer.held >= message
        assert budget.total == sum(each.held for each in everyone)
        assert budget.total <= LIMIT + message + len(everyone) * read
        assert any(each.deciding or not each.paused for each in everyone)
    for _ in range(40):  # everyone who may go on does, and all come to their end
        for peer in everyone:
            if peer.deciding:
                peer.finish()
            elif peer.held and not peer.paused:
                peer.deciding = True

    assert [(0, False)] * 5 == [(peer.held, peer.paused) for peer in everyone]
