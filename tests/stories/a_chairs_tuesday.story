# A chair's Tuesday: called, gathered, led, ended, and done with when #endmeeting is typed.
servers: ngircd inspircd
set: schedule.frequency = "biweekly-even"
set: schedule.day = "Tuesday"
set: schedule.time = "15:00"
set: mail.relay = "127.0.0.1"
set: mail.port = 1
set: mail.from = "virtbot@centos.example"
set: list.address = "centos-virt@centos.example"

the clock says 2018-10-30 16:00:00
the operator runs: action add gwd ask KB about arm64 builders
  prints:
    [1] gwd: ask KB about arm64 builders
the operator runs: action add sbonazzo test qemu-kvm-ev 2.12
the operator runs: action add anthonyper update the Docker page by 2018-11-20
the operator runs: schedule next
  prints:
    Tue 2018-11-13 15:00 UTC (W46), in 14 days

the clock says 2018-11-13 14:54:59
gwd joins
anthonyper joins
  beadle: Virt SIG meeting here in 5 minutes (15:00 UTC, W46, 60 min).  Taking part?  Say o/ now.  3 actions are open.
anthonyper: o/
  anthonyper is told: Noted, welcome.  The meeting starts at 15:00 UTC. …
gwd: regrets+ sbonazzo
  gwd is told: Noted; the minutes will have the regrets.

the clock says 2018-11-13 15:00:12
gwd: #startmeeting
  beadle: Meeting started Tue Nov 13 15:00:… 2018 UTC.  The chair is gwd.  This meeting is logged and public: http…/m/2018-11-13
  beadle: Useful Commands: … Present: gwd, anthonyper.  Regrets: …
  topic: (Meeting topic: Virt SIG)
  beadle: Carried over: [1] gwd: ask KB about arm64 builders · [2] sbonazzo: test qemu-kvm-ev 2.12 · [3] anthonyper: update the Docker page (due 2018-11-20)
gwd: #done 1
  beadle: [1] done.
gwd: #topic Xen
  topic: Xen (Meeting topic: Virt SIG)
anthonyper: #notice Xen 4.10 packages are being built
gwd: #eol xen 4.6 2018-11-13
  beadle: xen 4.6: end of security support 2018-11-13 recorded.
gwd: #acton foo
  gwd is told: …#action…
gwd: #topic oVirt
  topic: oVirt (Meeting topic: Virt SIG)
gwd: #rebase ovirt 4.2.7 for CentOS 7.6
gwd: #action sbonazzo push libvirt 4.9.0 to testing by next meeting
  beadle: [4] sbonazzo: push libvirt 4.9.0 to testing (due 2018-11-27) — sbonazzo is not here, will be told by mail or when next seen.
gwd: #agreed Keep one Xen version per release
gwd: #undo
  beadle: Removed: AGREED Keep one Xen version per release
  page live:
    …Virt SIG…

the clock says 2018-11-13 15:48:40
gwd: #endmeeting
  beadle: Meeting ended Tue Nov 13 15:4… 2018 UTC (48 min).  3 notices, 1 new action, 1 done.
  beadle: Minutes: http…/m/2018-11-13  Log: http…/m/2018-11-13/log  Mailed to centos-virt.  Next: Tue 2018-11-27 15:00 UTC (W48).
  topic: …
  minutes txt:
    …Xen 4.6 is out of security support now…
    …Done…
    …[1]…arm64 builders…
    …[2]…qemu-kvm-ev…
the operator runs: schedule ics
  prints:
    UID:virt-sig-20181113@…
    URL…/m/2018-11-13
    UID:virt-sig-20181127@…
the operator runs: notice list
  prints:
    …Xen 4.6 is out of security support now…
    …Xen 4.10 packages are being built…
the operator runs: action list --open
  prints:
    …sbonazzo…
    not: …arm64…

sbonazzo joins
  sbonazzo is told: …[4]…push libvirt 4.9.0 to testing…

# A newcomer asks what there was and what will be.
mira joins without an account
mira: beadle: when
  beadle: …
mira to beadle: minutes
  mira is told: 2018-11-13 …
mira to beadle: who xen
  mira is told: Xen: George Dunlap (gwd), Anthony Perard (anthonyper). …
mira to beadle: actions sbonazzo
  mira is told …

the clock says 2018-11-20 15:00:10
wait 6 seconds
mira to beadle: minutes 2018-11-14
  mira is told: No meeting on 2018-11-14. Nearest: …/m/2018-11-13, planned for Tue 2018-11-27 15:00 UTC (W48).
mira to beadle: minuts
  mira is told: …minutes…
mira: beadle: when
  beadle: Not today (W47 is odd). Next: Tue 2018-11-27 15:00 UTC (W48).
