"""The demo data: five real projects and programmes in their own words, and a sample life around them.

facts        what the pages say (pages/*.txt are the texts they were taken from); a fact that is not there stays empty
load         facts into rows
partnership  an invented Erasmus+ project; everything from here on is marked as sample data
promised     what its work packages promise, and what of it is done
library      the indicators of each programme, what the pages promise as targets, and what is allocated
values       what people type: surveys, an estimate, the figures of school years
cast         invented schools, groups and people
accounts     the demo sign-ins
filling      participants, a term of sessions, attendance, outreach, results, signed lists
money        budget lines, reported costs and payments
lists        the papers behind them, as PDF files
scale        many more sample projects, for measuring
"""
