"""`runnel serve`."""

import asyncio
import signal
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated, Literal

from cyclopts import Parameter, validators

from ..app import Runnel
from ..config import Config, load
from ..server import create_app
from ..server.access.identity import check_reach
from ..server.operating import access_log, serving
from .options import Model
from .process import database_of_command, fail, open_runnel, say

__all__ = ["serve"]


def serve(
    *,
    host: Annotated[str | None, Parameter(help="The address to serve at; 127.0.0.1 is this machine alone.")] = None,
    port: Annotated[
        int | None,
        Parameter(
            help="The port; 8642 as a rule, 0 for any that is free.", validator=validators.Number(gte=0, lte=65535)
        ),
    ] = None,
    model: Model = None,
    log: Annotated[
        Literal["text", "json"] | None, Parameter(help="How requests are logged on standard error: lines, or JSON.")
    ] = None,
) -> int:
    """Serve over HTTP, until Ctrl-C or SIGTERM: answers that are going are waited for, then kept as far as they are."""
    try:
        config = _config(host, port, model, log)
        access_log.configure(config.server.log)
        with asyncio.Runner(loop_factory=serving.loop_factory()) as runner:
            return runner.run(_serve(config))
    except KeyboardInterrupt:  # before it served, or after
        return 128 + signal.SIGINT
    except Exception as error:
        return fail(error)


def _config(host: str | None, port: int | None, model: str | None, log: str | None) -> Config:
    """The settings, with what the command line says."""
    config = load()
    said = {name: value for name, value in (("host", host), ("port", port), ("log", log)) if value is not None}
    server = config.server.model_copy(update=said)
    return config.model_copy(update={"server": server, "model": model or config.model})


async def _serve(config: Config) -> int:
    bound = serving.bind(config.server.host, config.server.port)
    runnel = open_runnel(config=config)
    with bound, _traced(config):
        app = create_app(runnel)  # before it is opened, to count what that settles
        async with runnel:
            name = await _model(runnel, config)
            await check_reach(runnel, config.server.host, loopback=serving.is_loopback(bound))
            await serving.serve(app, bound, lambda: _welcome(serving.url_of(bound), name))
    return 0


def _traced(config: Config) -> AbstractContextManager[None]:
    """What sends spans to a collector, where they are wanted. Raises ConfigError."""
    if not config.server.traces:
        return nullcontext()
    from ..server.operating.telemetry import record_to_collector  # an extra

    return record_to_collector()


async def _model(app: Runnel, config: Config) -> str:
    """The name of the model that answers. Raises ModelUnknown."""
    if config.model is not None:
        app.models.resolve(config.model)
    return await app.default_model()


def _welcome(url: str, model: str) -> None:
    better = ""
    if model == "excerpts":
        better = " (no language model is set up: `runnel models` says how)"
    print(f"Runnel at {url} · model {model}{better} · database {database_of_command()}", flush=True)
    say("Ctrl-C ends it.")
