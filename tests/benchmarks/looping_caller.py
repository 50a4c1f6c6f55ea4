"""A caller that repeats one call without a pause, until it is ended. Arguments: `http` or `grpc`, and an address."""

import http.client
import sys

import grpc
from chronovisor.v1 import utilization_service_pb2, utilization_service_pb2_grpc

PATH = "/chronovisor.v1.UtilizationService/GetUtilization"


def over_http(address: str) -> None:
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPConnection(host, int(port))
    number = 0
    while True:
        connection.request("POST", PATH, "{}", {"content-type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"status {answer.status}")
        number += 1
        if number == 1:
            print("calls", flush=True)


def over_grpc(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        stub = utilization_service_pb2_grpc.UtilizationServiceStub(channel)
        stub.GetUtilization(utilization_service_pb2.GetUtilizationRequest())
        print("calls", flush=True)
        while True:
            stub.GetUtilization(utilization_service_pb2.GetUtilizationRequest())


if __name__ == "__main__":
    {"http": over_http, "grpc": over_grpc}[sys.argv[1]](sys.argv[2])
