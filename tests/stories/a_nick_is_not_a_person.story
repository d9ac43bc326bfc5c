# On a network with accounts the chair is the account's: it follows gwd through other nicks and
# connections, and whoever takes his nick gets nothing.
servers: inspircd demo

gwd joins
mallory joins
gwd: #startmeeting Virt SIG
  beadle: Meeting started … UTC.  The chair is gwd.  …
  beadle: Useful Commands: …

gwd changes nick to gwd_
mallory changes nick to gwd
gwd: #topic Stolen
  gwd is told: #topic: only a chair may do that.  Chairs: gwd…
gwd_: #topic Mine still
  topic: Mine still (Meeting topic: Virt SIG)

gwd changes nick to mallory
gwd_ leaves
gwd joins without an account
gwd: #endmeeting
  gwd is told: A meeting is running: Virt SIG, chair gwd, …
gwd leaves
georgie joins as gwd
georgie: #info back under another nick
georgie: #endmeeting
  beadle: Meeting ended … UTC (… min).
  …

  minutes txt:
    …Mine still…
    …back under another nick…
    not: …Stolen…
