"""The official OpenAI SDK, with only its base URL and key changed."""

import json
import os

import openai
from pydantic import BaseModel

client = openai.OpenAI(base_url=os.environ["GATEWAY"] + "/v1", api_key=os.environ["ASSAY_KEY"], max_retries=0)
asked = [{"role": "user", "content": "Where is my order? Grüße aus 東京 🙂"}]
weather = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}

chat = client.chat.completions.create(model="scripted/scripted", messages=asked, user="u-1")
assert chat.choices[0].message.content.startswith("Scripted answer"), chat
assert chat.usage.total_tokens > 0, chat

stream = client.chat.completions.create(
    model="scripted/scripted", messages=asked, stream=True, stream_options={"include_usage": True}
)
chunks = list(stream)
text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
assert text == chat.choices[0].message.content, text
assert chunks[-1].usage.total_tokens > 0, chunks[-1]

called = client.chat.completions.create(model="scripted/scripted", messages=asked, tools=[weather])
call = called.choices[0].message.tool_calls[0]
assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "東京"}), called

structured = client.chat.completions.create(
    model="scripted/scripted", messages=asked, response_format={"type": "json_object"}
)
assert "answer" in json.loads(structured.choices[0].message.content), structured



class Answer(BaseModel):
    """What the model is to fill in."""

    answer: str


filled = client.chat.completions.parse(model="scripted/scripted", messages=asked, response_format=Answer)
assert filled.choices[0].message.parsed.answer.startswith("Scripted answer"), filled

with client.chat.completions.stream(model="scripted/scripted", messages=asked, tools=[weather]) as stream:
    final = stream.get_final_completion()
assert final.choices[0].message.tool_calls[0].function.arguments == call.function.arguments, final

vectors = client.embeddings.create(model="scripted/scripted", input=["one", "two"])
assert len(vectors.data) == 2 and len(vectors.data[0].embedding) == 8, vectors

assert "scripted/scripted" in [model.id for model in client.models.list()]

try:
    client.chat.completions.create(model="scripted/scripted@429", messages=asked)
    raise AssertionError("a provider that is busy says so")
except openai.RateLimitError as error:
    assert error.status_code == 429 and error.response.headers["retry-after"], error

try:
    list(client.chat.completions.create(model="scripted/scripted@error-mid", messages=asked, stream=True))
    raise AssertionError("a stream that fails says so")
except openai.APIError as error:
    assert "had an error" in error.message, error

try:
    client.with_options(api_key="asy_wrong").chat.completions.create(model="scripted/scripted", messages=asked)
    raise AssertionError("a wrong key is refused")
except openai.AuthenticationError as error:
    assert error.code == "invalid_api_key", error

print("done")
