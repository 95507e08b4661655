package org.hcepay.demo.look

import android.text.InputType
import android.view.LayoutInflater
import android.view.View
import android.view.ViewGroup
import android.view.inputmethod.EditorInfo
import android.widget.Button
import android.widget.EditText
import android.widget.ImageView
import android.widget.LinearLayout
import android.widget.Switch
import android.widget.TextView
import org.hcepay.Card
import org.hcepay.demo.R

/** What a screen is made of, from the top down: each function adds one thing below the others. */
internal class Page(private val column: LinearLayout) {
    private val context get() = column.context

    /** The first line of a page. */
    fun headline(text: CharSequence) = text(text, R.style.Headline, above = 8).also { it.isAccessibilityHeading = true }

    /** The name of what follows. */
    fun section(text: CharSequence) = text(text, R.style.Section, above = 24).also { it.isAccessibilityHeading = true }

    fun text(text: CharSequence) = text(text, R.style.Body, above = 8)

    fun small(text: CharSequence) = text(text, R.style.Small, above = 4)

    /** Something that is wrong, in its own box. */
    fun warning(text: CharSequence) = text(text, R.style.Warning, above = 16).also {
        it.setBackgroundResource(R.drawable.warning)
        val inner = dp(16)
        it.setPadding(inner, inner, inner, inner)
        it.accessibilityLiveRegion = View.ACCESSIBILITY_LIVE_REGION_POLITE
    }

    private fun text(text: CharSequence, style: Int, above: Int) = TextView(context).also {
        it.setTextAppearance(style)
        it.text = text
        add(it, above)
    }

    /** What one does here. */
    fun button(text: CharSequence, press: () -> Unit) = button(text, R.layout.button, press)

    /** What one may do instead. */
    fun otherButton(text: CharSequence, press: () -> Unit) = button(text, R.layout.other_button, press)

    /** What cannot be undone. */
    fun dangerousButton(text: CharSequence, press: () -> Unit) = button(text, R.layout.dangerous_button, press)

    private fun button(text: CharSequence, layout: Int, press: () -> Unit): Button {
        val button = inflate(layout) as Button
        button.text = text
        button.setOnClickListener { press() }
        add(button, above = 12)
        return button
    }

    /** A name, and what it is. One that can be pressed leads somewhere. */
    fun row(name: CharSequence, value: CharSequence?, press: (() -> Unit)? = null): View {
        val row = inflate(R.layout.row)
        row.requireViewById<TextView>(R.id.row_name).text = name
        row.requireViewById<TextView>(R.id.row_value).apply {
            text = value
            visibility = if (value.isNullOrEmpty()) View.GONE else View.VISIBLE
        }
        row.requireViewById<ImageView>(R.id.row_leads).visibility = if (press == null) View.GONE else View.VISIBLE
        if (press != null) row.setOnClickListener { press() } else row.background = null
        add(row, above = 0)
        return row
    }

    /** Where the user types a code. */
    fun field(hint: CharSequence, text: CharSequence, changed: (String) -> Unit): EditText {
        val field = inflate(R.layout.field) as EditText
        field.hint = hint
        field.setText(text)
        field.inputType = InputType.TYPE_CLASS_TEXT or InputType.TYPE_TEXT_FLAG_NO_SUGGESTIONS
        field.imeOptions = EditorInfo.IME_ACTION_DONE
        field.isSaveEnabled = false
        field.addTextChangedListener(Typed(changed))
        add(field, above = 12)
        return field
    }

    /** Where the user types an amount. Digits are at hand, but whatever is typed is heard: what is wrong with it is for the screen to say. */
    fun amount(name: CharSequence, text: CharSequence, changed: (String) -> Unit) {
        small(name)
        field(name, text, changed).setRawInputType(InputType.TYPE_CLASS_NUMBER or InputType.TYPE_NUMBER_FLAG_DECIMAL)
    }

    /** What is so, or not. */
    fun switch(text: CharSequence, isOn: Boolean, changed: (Boolean) -> Unit): Switch {
        val switch = inflate(R.layout.switch_row) as Switch
        switch.text = text
        switch.isSaveEnabled = false
        switch.isChecked = isOn
        switch.setOnCheckedChangeListener { _, isNowOn -> changed(isNowOn) }
        add(switch, above = 8)
        return switch
    }

    /** A card; whoever presses it sees more of it. */
    fun card(card: Card, above: Int, press: (() -> Unit)? = null) {
        val face = CardFace(context, card)
        if (press != null) {
            face.foreground = context.getDrawable(R.drawable.card_press)
            face.setOnClickListener { press() }
        }
        add(face, above)
    }

    /** A data object of EMV: tag and name, its bytes, and what they mean; further in where it is part of another. */
    fun dataObject(depth: Int, name: CharSequence, bytes: CharSequence, meaning: CharSequence) {
        val entry = inflate(R.layout.data_object)
        entry.setPaddingRelative(dp(12 * depth), 0, 0, 0)
        val parts = listOf(R.id.data_object_name to name, R.id.data_object_bytes to bytes, R.id.data_object_meaning to meaning)
        for ((id, words) in parts) {
            entry.requireViewById<TextView>(id).apply {
                text = words
                visibility = if (words.isEmpty()) View.GONE else View.VISIBLE
            }
        }
        add(entry, above = 8)
    }

    fun view(view: View, above: Int = 16) = add(view, above)

    /** That the app is at work, and on what. */
    fun busy(text: CharSequence) {
        val busy = inflate(R.layout.busy)
        busy.requireViewById<TextView>(R.id.busy_words).text = text
        add(busy, above = 16)
    }

    private fun inflate(layout: Int): View = LayoutInflater.from(context).inflate(layout, column, false)

    private fun add(view: View, above: Int) {
        val where = (view.layoutParams as? LinearLayout.LayoutParams) ?: FULL_WIDTH
        where.topMargin = dp(above)
        column.addView(view, where)
    }

    private fun dp(number: Int): Int = (number * context.resources.displayMetrics.density).toInt()

    val parent: ViewGroup get() = column
}
