"""Stands in for what protoc makes of the service's messages: the fields of each, and no others."""


class Message:
    fields = {}

    def __init__(self, **values):
        for name, value in values.items():
            if name not in self.fields:
                raise ValueError('Protocol message {} has no "{}" field.'.format(type(self).__name__, name))
            if not isinstance(value, type(self.fields[name])):
                raise TypeError("bad argument type for {}".format(name))
        vars(self).update(self.fields)
        vars(self).update(values)


class InitRequest(Message):
    fields = {"policy": "", "jgf": ""}


class InitResponse(Message):
    INIT_SUCCESS, INIT_ERROR, INIT_DENIED = range(3)
    fields = {"status": 0}


class MatchRequest(Message):
    fields = {"jobspec": "", "request": "", "reservation": False}


class MatchResponse(Message):
    MATCH_SUCCESS, MATCH_ERROR, MATCH_DENIED = range(3)
    fields = {"allocation": "", "jobid": 0, "reserved": False, "at": 0, "overhead": 0.0, "status": 0}


class CancelRequest(Message):
    fields = {"jobID": 0}


class CancelResponse(Message):
    CANCEL_SUCCESS, CANCEL_REQUEST_ERROR, CANCEL_ERROR, CANCEL_DENIED = range(4)
    fields = {"jobID": 0, "error": 0, "status": 0}
