# No call is said into another group's meeting; it comes when that one ends.
servers: ngircd
set: schedule.frequency = "biweekly-even"
set: schedule.day = "Tuesday"
set: schedule.time = "15:00"
set: schedule.chair = "gwd"

the clock says 2018-11-13 14:30:00
gwd joins
anthonyper joins
anthonyper: #startmeeting SCLo sync-up
  …
  topic: (Meeting topic: SCLo sync-up)
the clock says 2018-11-13 14:55:00
anthonyper: still at it
wait 6 seconds
the clock says 2018-11-13 15:00:00
  gwd is told: SCLo sync-up (anthonyper, since 14:30) is still open there; I will call ours when it ends. …
anthonyper: #endmeeting
  beadle: Meeting ended …
  beadle: Minutes: …
  topic: …
  beadle: Virt SIG meeting here is due now (15:00 UTC, W46, 60 min).  Taking part?  Say o/ now.
