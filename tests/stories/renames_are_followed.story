# Without accounts a person is whoever came with a nick, through its renames; and it is said so.
servers: ngircd

gwd joins
mallory joins
gwd: #startmeeting Virt SIG
  beadle: Meeting started … UTC.  The chair is gwd.  …
  beadle: Useful Commands: … This network has no accounts: people are known by their nicks.

gwd changes nick to gwd_
mallory changes nick to gwd
gwd: #topic Stolen
  gwd is told: #topic: only a chair may do that.  Chairs: gwd…
gwd_: #topic Mine still
  topic: Mine still (Meeting topic: Virt SIG)
gwd_: #endmeeting
  beadle: Meeting ended …
  …
  minutes txt:
    …Mine still…
    not: …Stolen…
