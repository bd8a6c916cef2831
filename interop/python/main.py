"""Answers the questions on standard input (a JSON list) through the Dapr SDK, which takes address and token from the environment."""

import json
import sys

import grpc
from dapr.clients import DaprClient


def answer(client, question):
    match question["operation"]:
        case "get":
            return client.get_secret(question["store"], question["key"]).secret
        case "bulk":
            return client.get_bulk_secret(question["store"]).secrets
        case "metadata":
            metadata = client.get_metadata()
            return {
                "id": metadata.application_id,
                "components": sorted(component.name for component in metadata.registered_components),
            }


def plain(value):
    """Containers of protobuf are no dicts."""
    return {name: plain(member) for name, member in value.items()} if hasattr(value, "items") else value


def attempt(client, question):
    try:
        return {"value": plain(answer(client, question))}
    except grpc.RpcError as error:
        return {"error": {"code": error.code().name, "message": error.details()}}


with DaprClient() as client:
    json.dump([attempt(client, question) for question in json.load(sys.stdin)], sys.stdout)
