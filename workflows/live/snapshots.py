"""What a subscription begins with: the same documents that REST answers."""

from workflows.access.actions import Action
from workflows.access.principal import Principal
from workflows.api import pages, requests, shapes
from workflows.api.shapes import Document, Shapes
from workflows.live.messages import Listed, OneWorkflow, Overview, Topic
from workflows.service.lookup import not_found
from workflows.store import reader


def snapshot(topic: Topic, principal: Principal) -> Document:
    """For one caller; payloads are null for who may not see them.

    Raises:
        Denied: the caller may not read.
        Rejected: NOT_FOUND.
    """
    principal.require(Action.READ)
    shown = Shapes(payloads=principal.may(Action.SEE_PAYLOADS))
    match topic:
        case Overview():
            return {"counts": shapes.counted(reader.counts(reader.Filters()))}
        case Listed():
            return pages.executions(topic.filters, shown, size=requests.PAGE_SIZE)
        case OneWorkflow():
            execution = reader.find(topic.namespace, topic.workflow_id)
            if execution is None:
                raise not_found(topic.workflow_id, "")
            return {"workflow": shown.description(reader.describe(execution))}
