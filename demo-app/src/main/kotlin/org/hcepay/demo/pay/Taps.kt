package org.hcepay.demo.pay

import android.content.ContentValues
import android.content.Context
import android.database.Cursor
import android.database.sqlite.SQLiteDatabase
import android.database.sqlite.SQLiteOpenHelper
import org.hcepay.Amount
import org.hcepay.Outcome
import org.hcepay.TapReason
import org.hcepay.TapReport
import org.hcepay.demo.WallClock

/** A contact with a terminal, as this app keeps it. */
internal class Tap(
    val id: Long,
    /** When the app heard of it, in milliseconds since 1970. */
    val at: Long,
    val outcome: Outcome,
    val reason: TapReason?,
    val amount: Amount?,
    val aid: String?,
    val counter: Int?,
    /** Of the card that was to pay. */
    val lastFour: String?,
    val isSelfTest: Boolean,
    val attempts: List<Attempt>,
) {
    class Attempt(val outcome: Outcome, val reason: TapReason, val amount: Amount?, val aid: String?)
}

/** The reports that the app has taken in. Not for the main thread: it waits for the disk. */
internal class Taps(context: Context) : SQLiteOpenHelper(context, "taps", null, 1) {
    override fun onCreate(database: SQLiteDatabase) {
        database.execSQL(
            "CREATE TABLE tap (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, outcome TEXT NOT NULL, reason TEXT, minor INTEGER, " +
                "currency INTEGER, aid TEXT, counter INTEGER, last_four TEXT, self_test INTEGER NOT NULL)",
        )
        database.execSQL(
            "CREATE TABLE attempt (tap INTEGER NOT NULL, place INTEGER NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, " +
                "minor INTEGER, currency INTEGER, aid TEXT, PRIMARY KEY (tap, place))",
        )
    }

    override fun onUpgrade(database: SQLiteDatabase, from: Int, to: Int) = Unit

    /** Keeps a report; one that was told before stays as it was. Null where nothing happened that anyone would look for. */
    fun keep(report: TapReport, lastFour: String?, isSelfTest: Boolean): Tap? {
        if (report.id == 0L) return null
        val row = about(report.outcome, report.reason, report.amount, report.aid).apply {
            put("id", report.id)
            put("at", WallClock.now())
            put("counter", report.counter)
            put("last_four", lastFour)
            put("self_test", if (isSelfTest) 1 else 0)
        }
        val database = writableDatabase
        database.beginTransaction()
        try {
            database.insertWithOnConflict("tap", null, row, SQLiteDatabase.CONFLICT_IGNORE)
            report.attempts.forEachIndexed { place, attempt ->
                val one = about(attempt.outcome, attempt.reason, attempt.amount, attempt.aid).apply {
                    put("tap", report.id)
                    put("place", place)
                }
                database.insertWithOnConflict("attempt", null, one, SQLiteDatabase.CONFLICT_IGNORE)
            }
            database.setTransactionSuccessful()
        } finally {
            database.endTransaction()
        }
        return tap(report.id)
    }

    /** What both tables have. */
    private fun about(outcome: Outcome, reason: TapReason?, amount: Amount?, aid: String?) = ContentValues().apply {
        put("outcome", outcome.name)
        put("reason", reason?.name)
        put("minor", amount?.minor)
        put("currency", amount?.currency)
        put("aid", aid)
    }

    fun forget() {
        writableDatabase.delete("attempt", null, null)
        writableDatabase.delete("tap", null, null)
    }

    /** The newest first. */
    fun all(): List<Tap> = readableDatabase.rawQuery("SELECT id FROM tap ORDER BY at DESC, id DESC LIMIT 500", null).use { rows ->
        List(rows.count) {
            rows.moveToNext()
            rows.getLong(0)
        }
    }.mapNotNull(::tap)

    fun tap(id: Long): Tap? = readableDatabase.query("tap", null, "id = ?", arrayOf("$id"), null, null, null).use { row ->
        if (!row.moveToNext()) return null
        Tap(
            id,
            row.getLong(row.getColumnIndexOrThrow("at")),
            Outcome.valueOf(row.text("outcome")!!),
            row.text("reason")?.let(TapReason::valueOf),
            row.amount(),
            row.text("aid"),
            row.number("counter")?.toInt(),
            row.text("last_four"),
            row.number("self_test") == 1L,
            attempts(id),
        )
    }

    private fun attempts(tap: Long): List<Tap.Attempt> =
        readableDatabase.query("attempt", null, "tap = ?", arrayOf("$tap"), null, null, "place").use { rows ->
            List(rows.count) {
                rows.moveToNext()
                val (outcome, reason) = Outcome.valueOf(rows.text("outcome")!!) to TapReason.valueOf(rows.text("reason")!!)
                Tap.Attempt(outcome, reason, rows.amount(), rows.text("aid"))
            }
        }

    private fun Cursor.text(column: String): String? = getString(getColumnIndexOrThrow(column))

    private fun Cursor.number(column: String): Long? = getColumnIndexOrThrow(column).let { if (isNull(it)) null else getLong(it) }

    private fun Cursor.amount(): Amount? {
        val (minor, currency) = (number("minor") ?: return null) to (number("currency") ?: return null)
        return Amount(minor, currency.toInt())
    }
}
