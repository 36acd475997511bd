"""What a person can put right: one sentence, one fix."""

from render.pipeline.errors import Refused


class NotStated(Refused):
    code = "not_stated"
    sentence = "The line about your age is not ticked."
    fix = "If it is true, tick it and send the photograph again."


class HeldForAge(Refused):
    code = "held_for_age"
    sentence = "One of us looks at this photograph before portraits are made of it."
    fix = "You need not do anything: we write to you when that is done."


class TooManySelfies(Refused):
    code = "too_many"
    sentence = "You have sent as many photographs as one account may in an hour."
    fix = "Come back in an hour."


class TooManyLooks(Refused):
    code = "too_many_looks"
    sentence = "Your photographs were measured as often as they may be within an hour."
    fix = "Come back in an hour."


class NameTaken(Refused):
    code = "name_taken"
    sentence = "You have an identity of that name already."
    fix = "Choose another name."


class NoName(Refused):
    code = "no_name"
    sentence = "An identity needs a name."
    fix = "Write one of up to 60 letters."


class NameTooLong(Refused):
    code = "name_too_long"
    sentence = "This name is too long."
    fix = "Choose one of up to 60 letters."
