"""A gRPC server on a free port of 127.0.0.1, which it prints: /test.Echo/NAME for each kind of call.

Messages are bytes. Debian's python3-grpcio is all that it needs.
"""
import time
from concurrent import futures

import grpc


def unary(request, context):
    if request == b"fail":
        context.set_trailing_metadata((("detail", "as asked"),))
        context.abort(grpc.StatusCode.NOT_FOUND, "nothing here")
    if request == b"sleep":
        time.sleep(5)
    return b"you said " + request


def down(request, context):
    for number in range(int(request)):
        yield b"%d" % number


def up(requests, context):
    return b"%d messages" % sum(1 for _ in requests)


def both(requests, context):
    for request in requests:
        yield request.upper()


handlers = {
    "Unary": grpc.unary_unary_rpc_method_handler(unary),
    "Down": grpc.unary_stream_rpc_method_handler(down),
    "Up": grpc.stream_unary_rpc_method_handler(up),
    "Both": grpc.stream_stream_rpc_method_handler(both),
}
server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Echo", handlers),))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)

server.wait_for_termination(120)
