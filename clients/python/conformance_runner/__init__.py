"""The runner of the conformance scenarios on the Python client. See clients/conformance/README.md."""
