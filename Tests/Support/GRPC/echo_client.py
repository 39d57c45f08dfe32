"""Calls the echo server at the address given, every kind of call once, and prints what came: one line each."""
import sys
import threading

import grpc

channel = grpc.insecure_channel(sys.argv[1])


def call(kind, name):
    return getattr(channel, kind)("/test.Echo/" + name)


print("unary:", call("unary_unary", "Unary")(b"hello", timeout=10).decode())
print("down:", b" ".join(call("unary_stream", "Down")(b"5", timeout=10)).decode())
print("up:", call("stream_unary", "Up")(iter([b"x" * 20000] * 7), timeout=10).decode())

# Each message is sent only after the answer to the one before it has come.
turn = threading.Semaphore(1)


def messages():
    for word in (b"one", b"two", b"three"):
        turn.acquire()
        yield word


answers = []
for answer in call("stream_stream", "Both")(messages(), timeout=10):
    answers.append(answer.decode())
    turn.release()
print("both:", " ".join(answers))
try:
    call("unary_unary", "Unary")(b"fail", timeout=10)
except grpc.RpcError as error:
    detail = dict(error.trailing_metadata()).get("detail")
    print("status:", error.code().name, "|", error.details(), "|", detail)
try:
    call("unary_unary", "Unary")(b"sleep", timeout=0.5)
except grpc.RpcError as error:
    print("deadline:", error.code().name)
print("after:", call("unary_unary", "Unary")(b"again", timeout=10).decode())
