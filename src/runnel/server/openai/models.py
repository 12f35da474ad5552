"""The models that may be named."""

from typing import Literal

import msgspec

from ...errors import ModelUnknown
from ..calls import Call
from ..operations import Operations

__all__ = ["MODELS", "Model", "ModelList"]

MODELS = Operations("openai")


class Model(msgspec.Struct):
    """A model, by the name that requests call it."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = ""


class ModelList(msgspec.Struct):
    """The models, the server's default first."""

    data: list[Model]
    object: Literal["list"] = "list"


@MODELS.add("GET", "/v1/models")
async def list_openai_models(call: Call) -> ModelList:
    """The models that can be used, the server's default first."""
    listed = await call.server.models.listed()
    return ModelList([_model(one.name) for one in listed.models if one.usable])


@MODELS.add("GET", "/v1/models/{model:path}", errors=(404,))
async def get_openai_model(call: Call) -> Model:
    """One of the models."""
    name = await call.server.models.check(call.path["model"])
    if name is None:
        raise ModelUnknown("name a model")
    return _model(name)


def _model(name: str) -> Model:
    return Model(name, owned_by=name.partition(":")[0])
