"""What goes wrong with a server, told in words that a user can act on."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from langchain_core.exceptions import ContextOverflowError
from server import raw

from a2r_graph import ChatVLLM, ExplorationError, SynthesisError, create_a2r

pytestmark = pytest.mark.vllm

QUESTION = {"messages": [("user", "What is 2 + 3?")]}
PLAIN = {"enable_thinking": False}


async def failures(model, **settings):
    """Run n = 2 explorers that must fail; return kinds and messages."""
    a2r = create_a2r(model, n=2, attempts=1, **settings)
    with pytest.raises(ExplorationError) as caught:
        await a2r.ainvoke(QUESTION)
    errors = [r["error"] for r in caught.value.references]
    return {e["kind"] for e in errors}, errors[0]["message"]


async def test_a_wrong_address_says_which_and_why():
    kinds, message = await failures(ChatVLLM(model="m", base_url="http://127.0.0.1:9/v1"))
    assert kinds == {"connection"}
    assert "127.0.0.1:9" in message
    assert "onnect" in message


async def test_a_wrong_path_says_what_an_address_looks_like(vllm, vllm_url):
    kinds, message = await failures(vllm(base_url=vllm_url.removesuffix("/v1")))
    assert kinds == {"bad_request"}
    assert "/v1" in message


async def test_a_wrong_model_says_which_there_are(vllm, vllm_model):
    kinds, message = await failures(vllm(model="nope"))
    assert kinds == {"bad_request"}
    assert "nope" in message
    assert vllm_model in message


async def test_a_wrong_key_says_so_and_does_not_show_it(vllm, vllm_key):
    if vllm_key == "EMPTY":
        pytest.fail("this server asks for no key: start it with --api-key")
    kinds, message = await failures(vllm(api_key="sk-not-the-right-one"))
    assert kinds == {"bad_request"}
    assert "401" in message
    assert "api_key" in message
    assert "not-the-right" not in message


async def test_a_window_too_small_is_said_before_any_call(vllm, metrics):
    before = metrics()["vllm:prompt_tokens_total"]
    long = {"messages": [("user", "word " * 6000)]}
    with pytest.raises(ValueError, match=r"6,0\d\d tokens long .* window is 4,096"):
        await create_a2r(vllm(), n=2).ainvoke(long)
    with pytest.raises(ValueError, match="lower max_tokens"):
        await create_a2r(vllm(), n=2, max_tokens=4090).ainvoke(QUESTION)
    assert metrics()["vllm:prompt_tokens_total"] == before
    with pytest.raises(ContextOverflowError, match="max_model_len"):
        await vllm().ainvoke("?", max_tokens=5000)
    with pytest.raises(ContextOverflowError, match="4096"):
        await vllm(max_tokens=5).ainvoke("word " * 6000)


async def test_one_that_never_answers_is_given_up_in_time():
    async def hang(*_):
        await asyncio.sleep(60)

    async with raw(hang) as url:
        kinds, message = await failures(ChatVLLM(model="m", base_url=url, timeout=1))
    assert kinds == {"timeout"}
    assert "sent nothing for 1 s" in message


async def test_a_proxys_page_is_told_for_what_it_is():
    async def page(_reader, writer):
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 15\r\n\r\n"
            b"<html>Hi</html>"
        )
        await writer.drain()

    async with raw(page) as url:
        kinds, message = await failures(ChatVLLM(model="m", base_url=url))
    assert kinds == {"bad_response"}
    assert "proxy" in message


class Relay:
    """Passes bytes on to the server, until it is cut."""

    def __init__(self, url: str) -> None:
        self.target = urlsplit(url)
        self.passed = asyncio.Event()
        self.writers: set[asyncio.StreamWriter] = set()
        self.dead = False

    @asynccontextmanager
    async def serving(self):
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        finally:
            self.cut()
            server.close()

    def cut(self):
        self.dead = True
        for writer in self.writers:
            writer.transport.abort()

    async def _connected(self, reader, writer):
        self.writers.add(writer)
        if self.dead:
            writer.transport.abort()
            return
        away_reader, away = await asyncio.open_connection(
            self.target.hostname, self.target.port
        )
        self.writers.add(away)
        await asyncio.gather(self._pass(reader, away), self._pass(away_reader, writer))

    async def _pass(self, reader, writer):
        try:
            while data := await reader.read(65536):
                if b"/chat/completions" in data:
                    self.passed.set()
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


async def test_a_server_that_dies_while_exploring_is_a_failed_connection(vllm, vllm_url):
    relay = Relay(vllm_url)
    async with relay.serving() as url:
        model = vllm(base_url=url, chat_template_kwargs=PLAIN, max_tokens=2000)
        asking = asyncio.ensure_future(
            failures(model.bind(extra_body={"ignore_eos": True}))
        )
        await relay.passed.wait()
        await asyncio.sleep(0.5)
        relay.cut()
        kinds, message = await asking
    assert kinds == {"connection"}
    assert url.removesuffix("/v1") in message


async def test_a_server_that_dies_in_the_middle_of_the_answer_leaves_no_half_answer(
    vllm, vllm_url
):
    relay = Relay(vllm_url)
    explorer = vllm(chat_template_kwargs=PLAIN, max_tokens=8)
    async with relay.serving() as url:
        model = vllm(base_url=url, chat_template_kwargs=PLAIN)
        a2r = create_a2r(
            explorer,
            model.bind(extra_body={"ignore_eos": True}),
            n=2,
            synthesizer_max_tokens=2000,
        )

        async def cut_after_three_tokens():
            seen = 0
            async for chunk, _ in a2r.astream(QUESTION, stream_mode="messages"):
                seen += bool(chunk.content)
                if seen == 3:
                    relay.cut()

        with pytest.raises(SynthesisError) as caught:
            await cut_after_three_tokens()
    assert caught.value.failure["kind"] == "truncated"
    assert len(caught.value.references) == 2
