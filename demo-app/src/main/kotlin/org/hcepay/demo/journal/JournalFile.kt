package org.hcepay.demo.journal

import android.content.ContentProvider
import android.content.ContentValues
import android.content.Context
import android.database.Cursor
import android.database.MatrixCursor
import android.net.Uri
import android.os.ParcelFileDescriptor
import android.provider.OpenableColumns
import java.io.File
import java.io.FileNotFoundException

/** The journal as it was last shared. Only an app that the holder has chosen can read it, and none can write it. */
class JournalFile : ContentProvider() {
    override fun onCreate(): Boolean = true

    override fun getType(uri: Uri): String = TYPE

    override fun openFile(uri: Uri, mode: String): ParcelFileDescriptor {
        if (uri != URI || mode != "r") throw FileNotFoundException()
        return ParcelFileDescriptor.open(place(context!!), ParcelFileDescriptor.MODE_READ_ONLY)
    }

    /** How it is called, and how long it is. */
    override fun query(uri: Uri, columns: Array<out String>?, which: String?, with: Array<out String>?, order: String?): Cursor {
        val known = mapOf(OpenableColumns.DISPLAY_NAME to NAME, OpenableColumns.SIZE to place(context!!).length())
        val asked = (columns ?: known.keys.toTypedArray()).filter { it in known }
        return MatrixCursor(asked.toTypedArray(), 1).apply { addRow(asked.map(known::get)) }
    }

    override fun insert(uri: Uri, values: ContentValues?): Uri? = null

    override fun delete(uri: Uri, which: String?, with: Array<out String>?): Int = 0

    override fun update(uri: Uri, values: ContentValues?, which: String?, with: Array<out String>?): Int = 0

    internal companion object {
        const val TYPE = "text/plain"
        private const val NAME = "hcepay-journal.jsonl"
        private val URI: Uri = Uri.parse("content://org.hcepay.demo.journal/$NAME")

        /** Not for the main thread: it waits for the disk. */
        fun write(context: Context, lines: String): Uri {
            place(context).writeText(lines)
            return URI
        }

        fun forget(context: Context) {
            place(context).delete()
        }

        private fun place(context: Context) = File(context.cacheDir, NAME)
    }
}
