# A chair who knows MeetBot runs a meeting from start to end.
servers: ngircd inspircd demo

gwd joins
anthonyper joins
sbonazzo joins
mira joins without an account

gwd: #startmeeting Virt SIG
  beadle: Meeting started … UTC.  The chair is gwd.  This meeting is logged and public: http…
  beadle: Useful Commands: #topic …
  topic: …(Meeting topic: Virt SIG)
anthonyper: o/
sbonazzo: hi all
gwd: regrets+ jirkade
anthonyper: #info items before the first topic are kept

gwd: #topic Xen
  topic: Xen (Meeting topic: Virt SIG)
anthonyper: #notice Xen 4.6 is out of support now
mira: #link https://wiki.example.org/HowTos/Xen
mira does: nods
gwd: #chair anthonyper
  beadle: Current chairs: anthonyper gwd
gwd: #action sbonazzo rebases ovirt by 2030-01-02
  beadle: [1] sbonazzo: rebases ovirt (due 2030-01-02)
anthonyper: #agreed Keep one version
anthonyper: #undo
  beadle: Removed: AGREED Keep one version
anthonyper: #accepted Xen 4.10
  page live:
    …Virt SIG…
    …Xen 4.10…

gwd: #topic oVirt
  topic: oVirt (Meeting topic: Virt SIG)
gwd: #startvote Ship it? yes, no, not yet
  beadle: Begin voting on: Ship it? Valid vote options are yes, no, not yet. …
mira: #vote yes
sbonazzo: #vote not yet
sbonazzo: #vote yes
anthonyper: #vote no
gwd: #endvote
  beadle: Voted on "Ship it?" Results are: yes (2): …; no (1): anthonyper; not yet (0).
mira: #idea run it on arm64
mira: #help testers for qemu-kvm-ev
gwd: #endmeeting
  beadle: Meeting ended … UTC (… min).  1 decision, 1 notice, 1 new action, 1 vote.
  …

  minutes txt:
    …Virt SIG…
    …items before the first topic…
    …Xen…
    …wiki.example.org/HowTos/Xen…
    not: …Keep one version…
  minutes txt:
    …Xen 4.10…
  minutes txt:
    …[1] sbonazzo rebases ovirt…
  minutes txt:
    …run it on arm64…
  minutes txt:
    …testers for qemu-kvm-ev…
  minutes log.txt:
    …:… <gwd> #startmeeting Virt SIG
    … <beadle> Meeting started …
    … <anthonyper> o/
    …* mira nods
    … <anthonyper> #agreed Keep one version
    … <beadle> Removed: AGREED Keep one version
    … <gwd> #endmeeting
  minutes html:
    …Ship it?…
  page minutes:
    …Virt SIG…
    …Xen 4.10…
  page log:
    …o/…
    …#endmeeting…
