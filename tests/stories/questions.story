# People ask the bot: aloud, in private, wrongly, and in a meeting.
servers: ngircd inspircd demo

gwd joins
anthonyper joins
mira joins without an account

mira: beadle: minutes
  beadle: No meeting has been held yet.
mira: beadle is no question
mira: beadle: when?
  beadle: No meeting is planned.

gwd: #startmeeting Virt SIG
  beadle: Meeting started …
  beadle: Useful Commands: …
  topic: …(Meeting topic: Virt SIG)
gwd: #topic Xen
  topic: Xen (Meeting topic: Virt SIG)
anthonyper: #notice Xen 4.6 is out of support now
gwd: #agreed Keep one Xen version
gwd: #action anthonyper tests it on arm64
  beadle: [1] anthonyper: tests it on arm64
mira: beadle, actions
  beadle: [1] anthonyper: tests it on arm64
mira: beadle: who
  beadle: Virt SIG: …
gwd: #endmeeting
  beadle: Meeting ended … UTC (… min).  1 decision, 1 notice, 1 new action.
  beadle: Minutes: …

wait 21 seconds
mira: beadle: minutes
  beadle: … http…/m/… (… min, 3 people, 1 decision, 1 notice, 1 action)
mira: beadle: decisions about xen
  beadle: … AGREED Keep one Xen version http…/log#l-…
mira to beadle: notices
  mira is told: … - Xen 4.6 is out of support now
mira: beadle: minuts
  mira is told: I do not know 'minuts'. Did you mean 'minutes'? All that can be asked: help
anthonyper: beadle: minutes 2001-01-01
  beadle: No meeting on 2001-01-01. Nearest: http…
anthonyper to beadle: when
  anthonyper is told: No meeting is planned.
anthonyper: beadle: help
  beadle: I keep the meetings here: …

wait 21 seconds
gwd: #startmeeting
  beadle: Meeting started …
  …
mira: beadle: roadmap
  beadle: Nothing is on the roadmap. …
gwd: #endmeeting
  beadle: Meeting ended …
  …
  minutes log.txt:
    … <mira> beadle: roadmap
    … <beadle> Nothing is on the roadmap. …
