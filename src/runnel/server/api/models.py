"""The models that may be chosen."""

from ..calls import Call
from ..models import OfferedModels
from ..operations import Operations

__all__ = ["MODELS"]

MODELS = Operations("models")


@MODELS.add("GET", "/api/models")
async def list_models(call: Call) -> OfferedModels:
    """The models that may be chosen, the default first; of those that cannot be used, why."""
    return await call.server.models.listed()
