# A refusal says why and who can help, to the one who was refused and to nobody else.
servers: ngircd inspircd demo

gwd joins
mira joins without an account
mira: #acton stays unanswered while there is no meeting
gwd: #startmeeting Virt SIG
  beadle: Meeting started …
  beadle: Useful Commands: …

mira: #startmeeting Mine
  mira is told: A meeting is running: Virt SIG, chair gwd, since …:… UTC.  It can be ended by its chairs; by anyone after …:… UTC (60 min).
mira: #acton gwd writes it down
  mira is told: …did you mean #action?…
mira: #1799 and #centos-devel are no commands
mira: #topic Hijack
  mira is told: #topic: only a chair may do that.  Chairs: gwd.
mira: #endmeeting
  mira is told: A meeting is running: Virt SIG, chair gwd, …
gwd: #action
  gwd is told: #action needs words: …
mira notices: #action a NOTICE is never obeyed and never answered
gwd: #endmeeting
  beadle: Meeting ended … UTC (… min).
  …
