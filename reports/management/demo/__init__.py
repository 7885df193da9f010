"""The demo data: five real projects and programmes in their own words, and a sample life around them.

facts    what the pages say (pages/*.txt are the texts they were taken from); a fact that is not there stays empty
load     facts into rows
cast     invented schools, groups and people; everything from here on is marked as sample data
accounts the demo sign-ins
filling  participants, a term of sessions, attendance, outreach, results, scanned lists
money    sample budget lines, reported costs and payments
scale    many more sample projects, for measuring
"""
