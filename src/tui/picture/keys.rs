//! Names of keys in, what they mean in the pictures' pane out: the table that the parent binds, changes and shows.

use crate::imaging::plane::Plane;

use super::msg::{Adjust, Cine, Edit, Go, Msg, Probe, Tool, ZoomBy};
use crate::tui::keymap::{self, Place};

/// A row of the table.
pub type Binding = keymap::Binding<When, Msg>;

/// When a key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Nothing else is open. The keys of this count in the others too, where those do not have them.
    Looking,
    /// A shape is being drawn.
    Drawing,
    /// A pixel is looked at.
    Probing,
}

impl When {
    /// Where such keys count.
    pub fn place(self) -> Place {
        match self {
            Self::Looking => Place::Picture,
            Self::Drawing => Place::Drawing,
            Self::Probing => Place::Probing,
        }
    }
}

const fn row(
    keys: &'static str,
    when: When,
    msg: Msg,
    en: &'static str,
    zh: &'static str,
) -> Binding {
    Binding {
        keys,
        when,
        msg,
        en,
        zh,
    }
}

use When::{Drawing, Looking, Probing};

/// The keys of the pictures' pane.
#[rustfmt::skip] // a table
pub const KEYS: &[Binding] = &[
    row("up left k", Looking, Msg::Slice(Go::By(-1)), "slice before", "上一层"),
    row("down right j", Looking, Msg::Slice(Go::By(1)), "next slice", "下一层"),
    row("pageup", Looking, Msg::Slice(Go::By(-10)), "ten slices back", "后退十层"),
    row("pagedown", Looking, Msg::Slice(Go::By(10)), "ten slices on", "前进十层"),
    row("home", Looking, Msg::Slice(Go::First), "first slice", "第一层"),
    row("end", Looking, Msg::Slice(Go::Last), "last slice", "最后一层"),
    row("space", Looking, Msg::Cine(Cine::Toggle), "let slices run; stop", "播放；停止"),
    row("> .", Looking, Msg::Cine(Cine::Faster), "faster", "加快"),
    row("< ,", Looking, Msg::Cine(Cine::Slower), "slower", "减慢"),
    row("]", Looking, Msg::Window(Adjust::Width(1)), "wider window", "加宽窗宽"),
    row("[", Looking, Msg::Window(Adjust::Width(-1)), "narrower window", "收窄窗宽"),
    row("}", Looking, Msg::Window(Adjust::Centre(1)), "higher centre: darker", "提高窗位：变暗"),
    row("{", Looking, Msg::Window(Adjust::Centre(-1)), "lower centre: brighter", "降低窗位：变亮"),
    row("w", Looking, Msg::Window(Adjust::Auto), "window by percentiles", "按百分位调窗"),
    row("W", Looking, Msg::Window(Adjust::Default), "the file's own window", "文件自带的窗"),
    row("1", Looking, Msg::Window(Adjust::Preset(1)), "window 1 of this picture", "此图片的第 1 个窗"),
    row("2", Looking, Msg::Window(Adjust::Preset(2)), "window 2 of this picture", "此图片的第 2 个窗"),
    row("3", Looking, Msg::Window(Adjust::Preset(3)), "window 3 of this picture", "此图片的第 3 个窗"),
    row("4", Looking, Msg::Window(Adjust::Preset(4)), "window 4 of this picture", "此图片的第 4 个窗"),
    row("5", Looking, Msg::Window(Adjust::Preset(5)), "window 5 of this picture", "此图片的第 5 个窗"),
    row("6", Looking, Msg::Window(Adjust::Preset(6)), "window 6 of this picture", "此图片的第 6 个窗"),
    row("7", Looking, Msg::Window(Adjust::Preset(7)), "window 7 of this picture", "此图片的第 7 个窗"),
    row("8", Looking, Msg::Window(Adjust::Preset(8)), "window 8 of this picture", "此图片的第 8 个窗"),
    row("9", Looking, Msg::Window(Adjust::Preset(9)), "window 9 of this picture", "此图片的第 9 个窗"),
    row("i", Looking, Msg::Invert, "black for white", "黑白反转"),
    row("a", Looking, Msg::Plane(Plane::Axial), "axial", "轴位"),
    row("c", Looking, Msg::Plane(Plane::Coronal), "coronal", "冠状位"),
    row("s", Looking, Msg::Plane(Plane::Sagittal), "sagittal", "矢状位"),
    row("+ =", Looking, Msg::Zoom(ZoomBy::In), "larger", "放大"),
    row("-", Looking, Msg::Zoom(ZoomBy::Out), "smaller", "缩小"),
    row("0", Looking, Msg::Zoom(ZoomBy::Fit), "whole picture", "整幅图片"),
    row("shift-left", Looking, Msg::Pan(-4, 0), "look further left", "视野左移"),
    row("shift-right", Looking, Msg::Pan(4, 0), "look further right", "视野右移"),
    row("shift-up", Looking, Msg::Pan(0, -2), "look further up", "视野上移"),
    row("shift-down", Looking, Msg::Pan(0, 2), "look further down", "视野下移"),
    row("r", Looking, Msg::Tool(Tool::Rectangle), "draw a rectangle region", "画矩形区域"),
    row("e", Looking, Msg::Tool(Tool::Ellipse), "draw an ellipse region", "画椭圆区域"),
    row("d", Looking, Msg::Tool(Tool::Ruler), "draw a ruler", "画测距线"),
    row("tab", Looking, Msg::Choose(true), "choose the next mark", "选择下一个标记"),
    row("backtab", Looking, Msg::Choose(false), "choose the mark before", "选择上一个标记"),
    row("enter", Looking, Msg::Change, "change the chosen mark", "修改所选标记"),
    row("delete backspace x", Looking, Msg::Remove, "remove the chosen mark", "删除所选标记"),
    row("p", Looking, Msg::Probe(Probe::Toggle), "value of a pixel", "查看像素值"),
    row("m", Looking, Msg::ModelEye, "what the model sees", "模型所见"),
    row("g", Looking, Msg::Grid, "grid of tokens", "词元网格"),
    row("b", Looking, Msg::ShowBoxes, "boxes of answers", "回答中的方框"),
    row("|", Looking, Msg::SideBySide, "two pictures side by side", "两幅图片并排"),
    row("o", Looking, Msg::Other, "the other picture", "另一幅图片"),
    row("l", Looking, Msg::Link, "link both pictures", "联动两幅图片"),
    row("f", Looking, Msg::FullScreen, "whole screen", "全屏"),
    row("h", Looking, Msg::Hide, "hide pictures", "隐藏图片"),
    row("y", Looking, Msg::Copy, "copy the value or measures", "复制数值或测量"),
    row("esc", Looking, Msg::Escape, "leave", "离开"),
    row("left", Drawing, Msg::Edit(Edit::Move(-1, 0)), "move left", "左移"),
    row("right", Drawing, Msg::Edit(Edit::Move(1, 0)), "move right", "右移"),
    row("up", Drawing, Msg::Edit(Edit::Move(0, -1)), "move up", "上移"),
    row("down", Drawing, Msg::Edit(Edit::Move(0, 1)), "move down", "下移"),
    row("shift-left", Drawing, Msg::Edit(Edit::Grow(-1, 0)), "end to the left", "末端左移"),
    row("shift-right", Drawing, Msg::Edit(Edit::Grow(1, 0)), "end to the right", "末端右移"),
    row("shift-up", Drawing, Msg::Edit(Edit::Grow(0, -1)), "end up", "末端上移"),
    row("shift-down", Drawing, Msg::Edit(Edit::Grow(0, 1)), "end down", "末端下移"),
    row("alt-left", Drawing, Msg::Edit(Edit::GrowFine(-1, 0)), "end to the left by a pixel", "末端左移一像素"),
    row("alt-right", Drawing, Msg::Edit(Edit::GrowFine(1, 0)), "end to the right by a pixel", "末端右移一像素"),
    row("alt-up", Drawing, Msg::Edit(Edit::GrowFine(0, -1)), "end up by a pixel", "末端上移一像素"),
    row("alt-down", Drawing, Msg::Edit(Edit::GrowFine(0, 1)), "end down by a pixel", "末端下移一像素"),
    row("ctrl-left", Drawing, Msg::Edit(Edit::MoveFine(-1, 0)), "move left by a pixel", "左移一像素"),
    row("ctrl-right", Drawing, Msg::Edit(Edit::MoveFine(1, 0)), "move right by a pixel", "右移一像素"),
    row("ctrl-up", Drawing, Msg::Edit(Edit::MoveFine(0, -1)), "move up by a pixel", "上移一像素"),
    row("ctrl-down", Drawing, Msg::Edit(Edit::MoveFine(0, 1)), "move down by a pixel", "下移一像素"),
    row("enter", Drawing, Msg::Edit(Edit::Accept), "keep it", "保留"),
    row("esc", Drawing, Msg::Edit(Edit::Drop), "forget it", "取消"),
    row("left", Probing, Msg::Probe(Probe::Move(-1, 0)), "move left", "左移"),
    row("right", Probing, Msg::Probe(Probe::Move(1, 0)), "move right", "右移"),
    row("up", Probing, Msg::Probe(Probe::Move(0, -1)), "move up", "上移"),
    row("down", Probing, Msg::Probe(Probe::Move(0, 1)), "move down", "下移"),
    row("shift-left ctrl-left alt-left", Probing, Msg::Probe(Probe::MoveFine(-1, 0)), "move left by a pixel", "左移一像素"),
    row("shift-right ctrl-right alt-right", Probing, Msg::Probe(Probe::MoveFine(1, 0)), "move right by a pixel", "右移一像素"),
    row("shift-up ctrl-up alt-up", Probing, Msg::Probe(Probe::MoveFine(0, -1)), "move up by a pixel", "上移一像素"),
    row("shift-down ctrl-down alt-down", Probing, Msg::Probe(Probe::MoveFine(0, 1)), "move down by a pixel", "下移一像素"),
    row("p enter esc", Probing, Msg::Probe(Probe::Toggle), "end", "结束"),
];
