"""Codec: the kernel's values and the wire's messages, both ways.

What is stored is what is sent: a history's rows hold serialized events that are handed on unparsed. Decoding is lenient
where a newer peer may know more, encoding is exact: what is encoded decodes to an equal value.
"""
