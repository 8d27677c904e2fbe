"""The official Anthropic SDK, with only its base URL and key changed."""

import os

import anthropic
from pydantic import BaseModel

client = anthropic.Anthropic(base_url=os.environ["GATEWAY"], api_key=os.environ["ASSAY_KEY"], max_retries=0)
asked = [{"role": "user", "content": "Where is my order? Grüße aus 東京 🙂"}]
weather = {
    "name": "weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}

message = client.messages.create(model="anthropic-scripted/scripted", max_tokens=100, messages=asked, system="Be brief.")
assert message.content[0].text.startswith("Scripted answer"), message
assert message.usage.output_tokens > 0 and message.stop_reason == "end_turn", message

with client.messages.stream(model="anthropic-scripted/scripted", max_tokens=100, messages=asked) as stream:
    text = "".join(stream.text_stream)
    final = stream.get_final_message()
assert text == final.content[0].text and text.startswith("Scripted answer"), text
assert final.stop_reason == "end_turn" and final.usage.output_tokens > 0, final

called = client.messages.create(
    model="anthropic-scripted/scripted", max_tokens=100, messages=asked, tools=[weather]
)
use = next(block for block in called.content if block.type == "tool_use")
assert (use.name, use.input) == ("weather", {"city": "東京"}), called

with client.messages.stream(
    model="anthropic-scripted/scripted", max_tokens=100, messages=asked, tools=[weather]
) as stream:
    streamed = stream.get_final_message()
assert streamed.stop_reason == "tool_use" and streamed.content[-1].input == use.input, streamed


class Answer(BaseModel):
    """What the model is to fill in."""

    answer: str


filled = client.messages.parse(
    model="anthropic-scripted/scripted", max_tokens=100, messages=asked, output_format=Answer
)
assert filled.parsed_output.answer.startswith("Scripted answer"), filled

try:
    client.messages.create(model="anthropic-scripted/scripted@429", max_tokens=100, messages=asked)
    raise AssertionError("a provider that is busy says so")
except anthropic.RateLimitError as error:
    assert error.response.headers["retry-after"], error

try:
    with client.messages.stream(
        model="anthropic-scripted/scripted@error-mid", max_tokens=100, messages=asked
    ) as stream:
        stream.until_done()
    raise AssertionError("a stream that fails says so")
except anthropic.APIStatusError as error:
    assert "had an error" in error.message, error

try:
    client.with_options(api_key="asy_wrong").messages.create(
        model="anthropic-scripted/scripted", max_tokens=100, messages=asked
    )
    raise AssertionError("a wrong key is refused")
except anthropic.AuthenticationError as error:
    assert error.body["type"] == "error", error.body

print("done")
