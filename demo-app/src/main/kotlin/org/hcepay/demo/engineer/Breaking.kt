package org.hcepay.demo.engineer

import android.content.Context
import android.os.Process
import org.hcepay.demo.WallClock
import java.io.File
import java.security.KeyStore

/** What happens to phones, done on purpose. What reads or writes the wallet or its keys is not for the main thread. */
internal class Breaking(context: Context) {
    /** Where the library has the wallet's own file. An app has no business there; who wants to see what a bad day does has. */
    private val wallet = File(context.noBackupFilesDir, "hcepay/wallet")
    private val copy = File(context.noBackupFilesDir, "older-copy")

    /** As Android ends it when memory is short: nothing is told, nothing is closed. */
    fun endProcess() = Process.killProcess(Process.myPid())

    /** As with a changed screen lock: the keys that pay are gone. */
    fun losePayments() = lose("hcepay.authenticated-key", "hcepay.unlocked-key")

    /** As with a key store that was wiped: nothing opens the wallet any more. It is seen when the app starts anew. */
    fun loseWalletKey() = lose("hcepay.store-key")

    private fun lose(vararg names: String) {
        val keys = KeyStore.getInstance("AndroidKeyStore").apply { load(null) }
        keys.aliases().toList().filter { alias -> names.any(alias::startsWith) }.forEach(keys::deleteEntry)
    }

    /** When the copy was made that can be put back, in milliseconds since 1970; null where there is none. */
    val copiedAt: Long? get() = copy.takeIf(File::exists)?.lastModified()

    fun keepCopy() {
        forgetCopy()
        check(wallet.copyRecursively(copy)) { "no copy was made" }
        copy.setLastModified(WallClock.now())
    }

    /** As with a backup of the whole phone. The wallet that is open goes on with the file that it has: the process must end. */
    fun putCopyBack() {
        wallet.deleteRecursively()
        check(copy.copyRecursively(wallet)) { "the copy was not put back" }
    }

    fun forgetCopy() {
        copy.deleteRecursively()
    }
}
