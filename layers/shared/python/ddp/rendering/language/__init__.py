"""Liquid with bounds: every template ends soon, its output stays small, and its errors name the line.

engine.py       a parsed template: renders, and is tried out
source.py       what the parser may be given, and a lexer that takes time proportional to the text
meter.py        the steps and the processor time that one message may take
charges.py      what each filter costs, and what it may make
filters.py      filters of our own in place of slow ones
values.py       the size of a value
context.py      charges for looking up, filtering and keeping values
output.py       what is written, up to a limit
environment.py  tags and filters that do not exist here; charges for nodes
limits.py       the numbers
"""
