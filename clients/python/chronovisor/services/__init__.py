"""The services of the API as methods with plain values: each written once, for the blocking client and for asyncio."""
