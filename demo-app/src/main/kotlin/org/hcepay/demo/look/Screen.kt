package org.hcepay.demo.look

import android.app.Activity
import android.content.Intent
import android.graphics.Insets
import android.os.Build
import android.os.Bundle
import android.provider.Settings
import android.view.View
import android.view.ViewGroup.LayoutParams.MATCH_PARENT
import android.view.ViewGroup.LayoutParams.WRAP_CONTENT
import android.view.WindowInsets
import android.view.WindowManager
import android.widget.ImageButton
import android.widget.LinearLayout
import android.widget.ScrollView
import android.widget.TextView
import org.hcepay.Reason
import org.hcepay.demo.R
import org.hcepay.demo.Trouble
import org.hcepay.demo.demo

/** A screen of the app: a bar with its name, and a page that is drawn anew whenever something has changed. */
abstract class Screen : Activity() {
    private lateinit var name: TextView
    private lateinit var column: LinearLayout
    private var observing: AutoCloseable? = null

    /** The question that stands open before something that cannot be undone: its words. */
    private var question = 0

    /** Whether card data show: then it is in no screenshot, and not among the recent apps. */
    protected open val showsCards: Boolean get() = true

    /** Whether a button leads back. */
    protected open val leadsBack: Boolean get() = true

    /** Draws the page as things stand. */
    internal abstract fun draw(page: Page)

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        if (showsCards) window.setFlags(WindowManager.LayoutParams.FLAG_SECURE, WindowManager.LayoutParams.FLAG_SECURE)
        question = savedInstanceState?.getInt(QUESTION) ?: 0
        drawBehindBars()
        setContentView(R.layout.screen)
        name = requireViewById(R.id.screen_name)
        column = requireViewById(R.id.screen_column)
        name.text = title
        requireViewById<ImageButton>(R.id.screen_back).apply {
            visibility = if (leadsBack) View.VISIBLE else View.GONE
            setOnClickListener { finish() }
        }
        val bar = requireViewById<View>(R.id.screen_bar)
        val scroll = requireViewById<ScrollView>(R.id.screen_scroll)
        requireViewById<View>(R.id.screen).setOnApplyWindowInsetsListener { _, insets ->
            val edges = edges(insets)
            bar.setPadding(edges.left, edges.top, edges.right, 0)
            scroll.setPadding(edges.left, 0, edges.right, edges.bottom)
            insets
        }
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putInt(QUESTION, question)
    }

    override fun onTitleChanged(title: CharSequence?, color: Int) {
        super.onTitleChanged(title, color)
        if (::name.isInitialized) name.text = title
    }

    override fun onStart() {
        super.onStart()
        observing = demo.observe(::redraw)
        redraw()
    }

    override fun onStop() {
        observing?.close()
        super.onStop()
    }

    /** What was typed is lost: a screen with a field keeps it. */
    protected fun redraw() {
        column.removeAllViews()
        draw(Page(column))
    }

    /** Opens another screen of the app. */
    protected fun show(screen: Class<out Screen>) = startActivity(Intent(this, screen))

    /** What cannot be undone. Whoever presses it is asked once more. */
    internal fun asksTwice(page: Page, name: Int, question: Int, yes: Int, does: () -> Unit) {
        if (this.question != question) return unasked(page, name, question)
        page.warning(getText(question))
        page.dangerousButton(getText(yes)) {
            this.question = 0
            does()
        }
        page.otherButton(getText(R.string.keep)) {
            this.question = 0
            redraw()
        }
    }

    private fun unasked(page: Page, name: Int, question: Int) {
        page.dangerousButton(getText(name)) {
            this.question = question
            redraw()
        }
    }

    /** What went wrong, and what to press. */
    internal fun trouble(page: Page, trouble: Trouble, asksBank: () -> Unit = demo::askIssuer) {
        page.warning(getText(Words.trouble(trouble)))
        // The core's sentences are English.
        trouble.said?.takeIf { resources.getBoolean(R.bool.shows_what_was_found) }?.let(page::text)
        when {
            trouble.wantsNewWallet ->
                asksTwice(page, R.string.begin_anew, R.string.begin_anew_question, R.string.begin_anew_yes) { demo.beginAnew() }

            trouble.isMendedByBank -> page.button(getText(R.string.ask_bank), asksBank)

            trouble.wallet == Reason.NO_SCREEN_LOCK ->
                page.otherButton(getText(R.string.mend)) { startActivity(Intent(Settings.ACTION_SECURITY_SETTINGS)) }
        }
    }

    @Suppress("DEPRECATION")
    private fun drawBehindBars() {
        if (Build.VERSION.SDK_INT >= 30) {
            window.setDecorFitsSystemWindows(false)
        } else {
            window.decorView.systemUiVisibility = window.decorView.systemUiVisibility or
                View.SYSTEM_UI_FLAG_LAYOUT_STABLE or View.SYSTEM_UI_FLAG_LAYOUT_FULLSCREEN or View.SYSTEM_UI_FLAG_LAYOUT_HIDE_NAVIGATION
        }
    }

    /** Where bars, cut-outs and the keyboard are. */
    @Suppress("DEPRECATION")
    private fun edges(insets: WindowInsets): Edges {
        if (Build.VERSION.SDK_INT < 30) {
            return insets.run { Edges(systemWindowInsetLeft, systemWindowInsetTop, systemWindowInsetRight, systemWindowInsetBottom) }
        }
        val types = WindowInsets.Type.systemBars() or WindowInsets.Type.displayCutout() or WindowInsets.Type.ime()
        return of(insets.getInsets(types))
    }

    private fun of(insets: Insets) = Edges(insets.left, insets.top, insets.right, insets.bottom)

    private class Edges(val left: Int, val top: Int, val right: Int, val bottom: Int)

    private companion object {
        const val QUESTION = "question"
    }
}

internal val FULL_WIDTH get() = LinearLayout.LayoutParams(MATCH_PARENT, WRAP_CONTENT)
