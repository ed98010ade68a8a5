"""Sequences of pictures that say what they changed, the same for each run: a terminal, photographs, windows.

A sequence is a folder with `0000.ppm`, … and `script.json`: for each picture the copies that lead to it from the one
before, [left, top, width, height, from x, from y], and then the rectangles that were drawn, [left, top, width, height].
That is what a program knows of its own drawing; `check` proves that it is true.
"""

import json
import os
import random
import subprocess

WIDTH, HEIGHT = 800, 600
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
LINE = 16
WORDS = "surface decode pixel network buffer clipboard encode copy draw server of and the that image stream".split()


class Picture:
    """Rows of RGB bytes."""

    def __init__(self, width, height, rows=None):
        self.width, self.height = width, height
        self.rows = rows or [bytearray(3 * width) for _ in range(height)]

    def copied(self):
        return Picture(self.width, self.height, [bytearray(row) for row in self.rows])

    def put(self, other, x, y, source=None):
        """`source`: [left, top, width, height] of the other picture; nothing: all of it."""
        left, top, width, height = source or (0, 0, other.width, other.height)
        for row in range(height):
            self.rows[y + row][3 * x : 3 * (x + width)] = other.rows[top + row][3 * left : 3 * (left + width)]

    def fill(self, left, top, width, height, color):
        for row in range(top, top + height):
            self.rows[row][3 * left : 3 * (left + width)] = bytes(color) * width

    def copy(self, left, top, width, height, from_x, from_y):
        rows = [bytes(self.rows[from_y + row][3 * from_x : 3 * (from_x + width)]) for row in range(height)]
        for row in range(height):
            self.rows[top + row][3 * left : 3 * (left + width)] = rows[row]

    def ppm(self):
        return f"P6\n{self.width} {self.height}\n255\n".encode() + b"".join(self.rows)


def drawn(*arguments):
    """What ImageMagick makes of it."""
    data = subprocess.run(["convert", *arguments, "-depth", "8", "ppm:-"], check=True, capture_output=True).stdout
    _, size, _, pixels = data.split(b"\n", 3)
    width, height = map(int, size.split())
    rows = [bytearray(pixels[3 * width * y : 3 * width * (y + 1)]) for y in range(height)]
    return Picture(width, height, rows)


def photograph(seed, width, height):
    return drawn("-seed", str(seed), "-size", f"{width}x{height}", "plasma:fractal", "-blur", "0x1", "-attenuate",
                 "0.2", "+noise", "Gaussian")


def page(seed, lines, width, ink="#d8d8d8", paper="#101418"):
    """Lines of text, one below the other."""
    chance = random.Random(seed)
    draw = []
    for row in range(lines):
        text = f"{row:05d} " + " ".join(chance.choice(WORDS) for _ in range(chance.randint(2, 16)))
        draw += ["-draw", f"text 4,{LINE * row + 12} '{text}'"]
    size = f"{width}x{LINE * lines}"
    return drawn("-size", size, f"xc:{paper}", "-font", FONT, "-pointsize", "13", "-fill", ink, *draw)


def terminal(count):
    """Text that scrolls up, a line or a few at a time."""
    chance = random.Random(1)
    high = HEIGHT // LINE
    steps = [chance.choice((1, 1, 1, 2, 3)) for _ in range(count)]
    text = page(1, high + sum(steps), WIDTH)
    picture = Picture(WIDTH, HEIGHT)
    picture.put(text, 0, 0, (0, 0, WIDTH, LINE * high))
    at = 0
    yield picture, [], [(0, 0, WIDTH, HEIGHT)]
    for step in steps[1:]:
        at += step
        picture.copy(0, 0, WIDTH, LINE * (high - step), 0, LINE * step)
        new = (0, LINE * (high - step), WIDTH, LINE * step)
        picture.put(text, 0, new[1], (0, LINE * (at + high - step), WIDTH, LINE * step))
        yield picture, [(0, 0, WIDTH, LINE * (high - step), 0, LINE * step)], [new]


def photographs(count):
    """A photograph that another replaces twice a second."""
    picture = Picture(WIDTH, HEIGHT)
    picture.fill(0, 0, WIDTH, HEIGHT, (48, 48, 48))
    for number in range(count):
        new = []
        if number % 5 == 0:
            picture.put(photograph(100 + number, 640, 480), 80, 60)
            new = [(80, 60, 640, 480)] if number else [(0, 0, WIDTH, HEIGHT)]
        yield picture, [], new


def windows(count):
    """A window whose text scrolls, a photograph that changes now and then, a counter, and a window that is moved."""
    chance = random.Random(3)
    high = 30
    text = page(3, high + count, 360, "#202020", "#ffffff")
    digits = page(4, count, 64, "#ffffff", "#204060")
    moving = page(5, 10, 240, "#000000", "#f4f0e0")
    moving.fill(0, 0, 240, 18, (60, 90, 160))
    behind = Picture(WIDTH, HEIGHT)
    for row in range(HEIGHT):
        behind.fill(0, row, WIDTH, 1, (20, 60 + row // 8, 90 + row // 6))
    behind.fill(10, 20, 360, 20, (60, 90, 160))
    behind.put(text, 10, 40, (0, 0, 360, LINE * high))
    behind.put(photograph(300, 300, 220), 440, 20)
    x, y, at = 420, 300, 0
    dx, dy = 8, 4
    picture = behind.copied()
    picture.put(moving, x, y)
    yield picture, [], [(0, 0, WIDTH, HEIGHT)]
    for number in range(1, count):
        copies, new = [], []
        if number % 2 == 0:  # five lines a second
            at += 1
            area = (10, 40, 360, LINE * (high - 1), 10, 40 + LINE)
            line = (10, 40 + LINE * (high - 1), 360, LINE)
            for one in (behind, picture):
                one.copy(*area)
                one.put(text, 10, line[1], (0, LINE * (at + high - 1), 360, LINE))
            copies.append(area)
            new.append(line)
        counter = (30, 570, 64, LINE)
        for one in (behind, picture):
            one.put(digits, 30, 570, (0, LINE * number, 64, LINE))
        new.append(counter)
        if number % 30 == 0:
            behind.put(photograph(300 + number, 300, 220), 440, 20)
            picture.put(behind, 440, 20, (440, 20, 300, 220))
            picture.put(moving, x, y)
            new.append((440, 20, 300, 220))
        if number % 20 < 14:  # dragged for a while, and left alone for a while
            if not 380 <= x + dx <= 550:
                dx = -dx
            if not 4 <= y + dy <= 430:
                dy = -dy
            picture.put(behind, x, y, (x, y, 240, 160))
            picture.put(moving, x + dx, y + dy)
            copies.append((x + dx, y + dy, 240, 160, x, y))
            # What comes to light is an L.
            new.append((x if dx > 0 else x + 240 + dx, y, abs(dx), 160))
            new.append((x, y if dy > 0 else y + 160 + dy, 240, abs(dy)))
            x, y = x + dx, y + dy
        yield picture, copies, new


def web(count):
    """An article with photographs, which is scrolled through by its wheel and back."""
    high = 2400
    article = Picture(WIDTH, high)
    article.fill(0, 0, WIDTH, high, (255, 255, 255))
    article.put(page(7, high // LINE, 420, "#202020", "#ffffff"), 20, 0)
    for number in range(6):
        article.put(photograph(700 + number, 320, 240), 460, 40 + 390 * number)
    at, step = 0, 40
    picture = Picture(WIDTH, HEIGHT)
    picture.put(article, 0, 0, (0, 0, WIDTH, HEIGHT))
    yield picture, [], [(0, 0, WIDTH, HEIGHT)]
    for _ in range(1, count):
        if not 0 <= at + step <= high - HEIGHT:
            step = -step
        at += step
        picture.put(article, 0, 0, (0, at, WIDTH, HEIGHT))
        if step > 0:
            yield picture, [(0, 0, WIDTH, HEIGHT - step, 0, step)], [(0, HEIGHT - step, WIDTH, step)]
        else:
            yield picture, [(0, -step, WIDTH, HEIGHT + step, 0, 0)], [(0, 0, WIDTH, -step)]


def film(count):
    """A look that wanders over a landscape, another piece of it at each picture."""
    width, height = 480, 270
    land = photograph(900, 2 * width, 2 * height)
    picture = Picture(WIDTH, HEIGHT)
    picture.fill(0, 0, WIDTH, HEIGHT, (24, 24, 24))
    for number in range(count):
        x, y = (abs((7 * number) % (2 * width) - width), abs((3 * number) % (2 * height) - height))
        picture.put(land, 160, 165, (x, y, width, height))
        yield picture, [], [(160, 165, width, height)] if number else [(0, 0, WIDTH, HEIGHT)]


SCENES = {"a terminal": terminal, "photographs": photographs, "windows": windows}


def check(before, after, copies, new):
    """The script leads from the one picture to the other."""
    for copy in copies:
        before.copy(*copy)
    for rect in new:
        before.put(after, rect[0], rect[1], rect)
    return before.rows == after.rows


def write(scene, count, folder):
    """Makes a sequence; the frames are checked one by one."""
    os.makedirs(folder)
    script, shown = [], None
    for number, (picture, copies, new) in enumerate(scene(count)):
        if shown is not None and not check(shown, picture, copies, new):
            raise SystemExit(f"{scene.__name__}: picture {number} is not what its script makes of the one before")
        shown = picture.copied()
        with open(f"{folder}/{number:04d}.ppm", "wb") as file:
            file.write(picture.ppm())
        script.append({"copies": copies, "new": new})
    with open(f"{folder}/script.json", "w") as file:
        json.dump(script, file)
