//! The statements about posts: what was decided about them, those that are kept.

use crate::store::sql::Sql;

statements! {
    /// Which of these posts are known: rows of JSON, the digest in hexadecimal digits and the list.
    VERDICT_KNOWN =
        "select question.key as place, verdict.verdict from json_each($1) question \
         join verdict on verdict.digest = unhex(question.value ->> 0) \
         and verdict.list = question.value ->> 1"
        / "select question.place - 1 as place, verdict.verdict \
         from json_array_elements(cast($1 as json)) with ordinality question (value, place) \
         join verdict on verdict.digest = decode(question.value ->> 0, 'hex') \
         and verdict.list = cast(question.value ->> 1 as bigint)";
    /// Many at once: digest in hexadecimal digits, list, at, verdict, check, message, facts.
    VERDICT_NOTE =
        "insert into verdict (digest, list, at, times, verdict, by_check, message, facts) \
         select unhex(value ->> 0), value ->> 1, value ->> 2, 1, value ->> 3, value ->> 4, \
         value ->> 5, value ->> 6 from json_each($1) where true \
         on conflict (digest, list) do update set at = excluded.at, times = verdict.times + 1, \
         verdict = excluded.verdict, by_check = excluded.by_check, facts = excluded.facts"
        / "insert into verdict (digest, list, at, times, verdict, by_check, message, facts) \
         select decode(value ->> 0, 'hex'), cast(value ->> 1 as bigint), \
         cast(value ->> 2 as bigint), 1, value ->> 3, value ->> 4, cast(value ->> 5 as bigint), \
         value ->> 6 from json_array_elements(cast($1 as json)) \
         on conflict (digest, list) do update set at = excluded.at, times = verdict.times + 1, \
         verdict = excluded.verdict, by_check = excluded.by_check, facts = excluded.facts";
    /// A post that was accepted or held came again.
    VERDICT_AGAIN = [
        "update verdict set times = times + 1 where digest = $1 and list = $2"];
    VERDICT_OF = [
        "select digest, list, at, times, verdict, by_check, facts from verdict \
         where digest = $1 and list = $2"];
    VERDICT_DECIDE = [
        "update verdict set verdict = $3, by_check = $4 where digest = $1 and list = $2"];
    /// By the message id's number.
    VERDICT_BY_MESSAGE = [
        "select digest, list, at, times, verdict, by_check, facts from verdict \
         where message = $1 order by at limit 20"];
    /// Whether a message with one of these numbers was accepted by the list: an array of JSON.
    VERDICT_ACCEPTED =
        "select count(*) from verdict where list = $2 and verdict = 'accept' \
         and message in (select value from json_each($1))"
        / "select count(*) from verdict where list = $2 and verdict = 'accept' \
         and message in (select cast(value as bigint) from json_array_elements_text(cast($1 as json)))";
    /// `$1` since when, `$2` before when.
    VERDICT_COUNT = [
        "select list, verdict, by_check, cast(sum(times) as bigint) as times from verdict \
         where at >= $1 and at < $2 group by list, verdict, by_check order by list, verdict, by_check"];
    /// In the order of their times, from `$1` on; after the post with digest `$2` of that moment.
    VERDICT_SINCE = [
        "select digest, list, at, times, verdict, by_check, facts from verdict \
         where (at, digest) > ($1, $2) order by at, digest limit $3"];
    /// Those of a verdict before `$1`, or with digests before `$2` of that moment; the newest first.
    VERDICT_LATEST = [
        "select digest, list, at, times, verdict, by_check, facts from verdict \
         where (at, digest) < ($1, $2) and verdict = $3 order by at desc, digest desc limit $4"];
    /// At most `$2` of them, so that nobody waits long.
    VERDICT_FORGET = [
        "delete from verdict where (digest, list) in \
         (select digest, list from verdict where at < $1 limit $2)"];

    KEPT_ADD = [
        "insert into kept (list, digest, verdict, at, until, sender, message, size) \
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing"];
    KEPT_BOUND = [
        "delete from kept where verdict = 'discard' and id <= (select id from kept \
         where verdict = 'discard' order by id desc limit 1 offset $1)"];
    /// `$1` hold or discard, or empty for both.
    KEPT_OPEN = [
        "select id, list, digest, verdict, at, until, sender, size from kept \
         where decided_at is null and ($1 = '' or verdict = $1) order by id limit $2"];
    KEPT_ONE = [
        "select id, list, digest, verdict, at, until, sender, size from kept \
         where id = $1 and decided_at is null"];
    KEPT_MESSAGE = ["select message from kept where id = $1 and decided_at is null"];
    KEPT_DECIDE =
        "update kept set decided_at = $2, decision = $3, decided_by = $4, message = x'' \
         where id = $1 and decided_at is null"
        / "update kept set decided_at = $2, decision = $3, decided_by = $4, message = '' \
         where id = $1 and decided_at is null";
    /// What was decided last, and by whom.
    KEPT_DECIDED = [
        "select id, list, decided_at, decision, decided_by from kept \
         where decided_at is not null order by decided_at desc, id desc limit $1"];
    /// `$1` hold or discard: how many nobody has decided about.
    KEPT_COUNT = ["select count(*) from kept where decided_at is null and verdict = $1"];
    KEPT_RELEASED = [
        "select count(*) from kept where decision = 'release' and decided_at >= $1 and decided_at < $2"];
    KEPT_FORGET = ["delete from kept where until < $1"];
}
