"""LangChain's OpenAI client, with only its base URL and key changed."""

import os

import openai
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

model = ChatOpenAI(
    base_url=os.environ["GATEWAY"] + "/v1", api_key=os.environ["ASSAY_KEY"], model="scripted/scripted", max_retries=0
)


class Answer(BaseModel):
    """What the model is to fill in."""

    answer: str


whole = model.invoke("Where is my order?")
assert whole.content.startswith("Scripted answer"), whole
assert whole.usage_metadata["total_tokens"] > 0, whole

text = "".join(chunk.content for chunk in model.stream("Where is my order?"))
assert text == whole.content, text

bound = model.bind_tools([{"name": "weather", "description": "Tells the weather.", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}])
assert bound.invoke("Where is my order?").tool_calls[0]["args"] == {"city": "東京"}

filled = model.with_structured_output(Answer, method="json_mode").invoke("Where is my order? Answer in JSON.")
assert filled.answer.startswith("Scripted answer"), filled

# As texts: to count tokens it would load a table from elsewhere.
embedder = OpenAIEmbeddings(
    base_url=os.environ["GATEWAY"] + "/v1",
    api_key=os.environ["ASSAY_KEY"],
    model="scripted/scripted",
    check_embedding_ctx_length=False,
)
assert [len(vector) for vector in embedder.embed_documents(["one", "two"])] == [8, 8]

try:
    model.bind(model="scripted/scripted@400").invoke("Where is my order?")
    raise AssertionError("a provider that refuses says so")
except openai.BadRequestError as error:
    assert error.code == "unsupported_parameter", error

print("done")
