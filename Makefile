# Every chore of this project. `make` alone lists them.
#
# One optimised build serves the command line and the tests: the codecs are some fifty times slower without the
# optimiser, and a second build of all dependencies would double the wait. No test looks inside a module by
# `@testable`: that would make it a build of its own.
#
# The flags behind it: types and the tables of what they conform to are named where they are used, and not looked up by their
# names at run time, each time a program starts; and each function is a section of its own, so that the linker may leave
# out those that nothing calls and lay side by side those that run together.
SWIFT_FLAGS := -c release \
	-Xswiftc -Xfrontend -Xswiftc -disable-concrete-type-metadata-mangled-name-accessors \
	-Xswiftc -Xfrontend -Xswiftc -function-sections -Xcc -ffunction-sections -Xcxx -ffunction-sections

# Three runs: tests that compute, tests that wait for sockets and deadlines, tests with guests and browsers. The first and
# the last take every core of a small machine for seconds, in which those between would seem to hear nothing.
COMPUTING := SpicePixels|SpiceProtocol|SpiceCodecs|SpiceCanvas|SpiceSession|SpiceMedia|SpiceInsight|DemoDesktop

.PHONY: help build demo demo-qemu test only conformance bench wasm fuzz lint docs clean

help:
	@echo 'make build    the command line, as .build/release/saffron'
	@echo 'make demo     sets up, starts our own server and its desktop, looks at it, types into it, shows it in a browser'
	@echo 'make demo-qemu  the same with a real guest in QEMU and a real desktop on libspice-server'
	@echo 'make test     sets up and proves everything: lint, WebAssembly, what fuzzing found, tests against real servers'
	@echo 'make only     runs some of the tests (TESTS=SpiceCanvasTests)'
	@echo 'make conformance  draws thousands of cases with the reference client and with ours (SEED=2, CASES=5000)'
	@echo 'make bench    measures against the reference client and the reference codecs'
	@echo 'make wasm     the core as WebAssembly, out/saffron-core.wasm'
	@echo 'make fuzz     feeds mutated bytes to each reader for a minute (SECONDS=600: for ten)'
	@echo 'make lint     formatting, and the rules of the house'
	@echo 'make docs     the API documentation, out/docs'
	@echo 'make clean    removes all that these make'

build:
	@Scripts/bootstrap build
	swift build $(SWIFT_FLAGS)

demo:
	@Scripts/bootstrap demo
	swift build $(SWIFT_FLAGS) --product saffron
	@Scripts/wasm
	@Scripts/demo

demo-qemu:
	@Scripts/bootstrap demo-qemu
	swift build $(SWIFT_FLAGS) --product saffron
	@Scripts/demo-qemu

# The tests run last, so that their closing line is the last line of all.
test:
	@Scripts/bootstrap test
	@Scripts/lint
	@Scripts/wasm --test
	@Scripts/fuzz --replay
	swift build $(SWIFT_FLAGS) --build-tests
	@Scripts/browser-tests
	@Scripts/run-tests --filter '$(COMPUTING)'
	@Scripts/run-tests --skip '$(COMPUTING)|PeerTests'
	@AT_ONCE=4 Scripts/run-tests --filter PeerTests

only:
	swift build $(SWIFT_FLAGS) --build-tests
	@Scripts/run-tests --filter '$(TESTS)'

conformance:
	@Scripts/bootstrap test
	swift build $(SWIFT_FLAGS) --product conformance
	.build/release/conformance --seed $(or $(SEED),1) --count $(or $(CASES),2000)

bench:
	@Scripts/bootstrap bench
	swift build $(SWIFT_FLAGS)
	@Benchmarks/bench --markdown Documentation/figures.md

wasm:
	@Scripts/bootstrap wasm
	@Scripts/wasm

fuzz:
	@Scripts/bootstrap build
	@Scripts/fuzz $(or $(SECONDS),60)

lint:
	@Scripts/lint

docs:
	@Scripts/bootstrap build
	@Scripts/docs

clean:
	rm -rf .build out
